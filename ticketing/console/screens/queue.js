// The agents' queue: a view's tickets, narrowed by filters, and the ticket that is open.
import { useEffect, useRef, useState } from "preact/hooks";
import { query as queryOf } from "../api.js";
import { navigate } from "../address.js";
import { useKeys } from "../keys.js";
import { deleted, useChanges } from "../live.js";
import { usePages } from "../loading.js";
import { Check, Empty, Heading, html, Loaded, NotFound } from "../ui.js";
import { useValue } from "../values.js";
import { PRIORITY, STATUS, t, viewName } from "../words.js";
import { Bulk } from "./bulk.js";
import { ANY, Filters } from "./filters.js";
import { Due } from "./levels.js";
import { Row, Rows } from "./row.js";
import { TicketScreen } from "./ticket.js";

export function Queue({ view: wanted, id, query, user, views }) {
  const view = wanted ? views.data?.data.find((found) => (found.key ?? String(found.id)) === wanted)
    : { key: "all", query: {} };           // a search
  if (views.data && !view) return html`<${NotFound} />`;
  if (!view) return html`<${Loaded} from=${views}>${() => null}<//>`;
  return html`<${Tickets} key=${wanted ?? `?${query.q}`} view=${view} id=${id && Number(id)}
    query=${query} user=${user} views=${views} base=${wanted ? `queue/${wanted}` : "search"} />`;
}

function Tickets({ view, id, query, user, views, base }) {
  const all = Object.entries({ ...view.query, ...query }).filter(([name, value]) =>
    value !== ANY && !(query.q && name === "sort"));       // a search has its own order
  const loaded = usePages(`/tickets${queryOf(Object.fromEntries(all))}`);
  const isSearch = base === "search";      // which may not be run often
  useChanges(() => !isSearch && loaded.reload());
  const [selected, setSelected] = useState(new Set());
  const rows = useRows(loaded.data?.data, new Set([id, focusedId(), ...selected]));
  const { search } = location;
  const open = (row) => navigate(row ? `${base}/${row.id}${search}` : base + search);
  const at = rows.findIndex((row) => row.id === id);
  const next = () => open(at < 0 ? null : rows[at + 1]);
  const toggle = (row) => setSelected((old) => {
    const chosen = new Set(old);
    if (!chosen.delete(row.id)) chosen.add(row.id);
    return chosen;
  });
  const selectAll = ({ target }) =>
    setSelected(new Set(target.checked ? rows.map((row) => row.id) : []));
  useListKeys(rows, toggle);
  useEffect(() => {                        // in the list beside it
    document.querySelector(".row.open")?.scrollIntoView({ block: "nearest" });
  }, [id, rows.length > 0]);
  useReturn(id, () => isSearch && loaded.reload());
  const title = isSearch ? t("Search: {q}", { q: query.q ?? "" }) : viewName(view);
  return html`<div class="queue ${id ? "has-ticket" : ""}">
    <section class="list" aria-label=${title}>
      ${id ? html`<h2>${title}</h2>` : html`<${Heading} title=${title} />`}
      <${Filters} view=${view} query=${query} views=${views} />
      ${selected.size > 0 && html`<${Bulk} ids=${[...selected]} user=${user}
        onClose=${() => setSelected(new Set())} onDone=${loaded.reload} />`}
      <${Loaded} from=${loaded}>${({ data, next: hasMore }) => html`
        ${!data.length && html`<${Nothing} query=${query} base=${base} />`}
        ${rows.length > 0 && html`<${Check} label=${t("Select all that are shown")}
          checked=${rows.every((row) => selected.has(row.id))} onChange=${selectAll} />`}
        <${Rows} rows=${rows} hasMore=${hasMore} more=${loaded.more}>${(row) => html`
          <${Row} key=${row.id} row=${row} user=${user} facts=${factsOf(row)}
            isOpen=${row.id === id} to=${`${base}/${row.id}${search}`}
            isSelected=${selected.has(row.id)} toggle=${() => toggle(row)} />`}<//>`}
      <//>
    </section>
    ${id && html`<div class="pane">
      <a class="back" href="/console/${base}${search}">${t("Back to the list")}</a>
      <${TicketScreen} key=${id} id=${id} user=${user} onResolved=${next} leave=${() => open()} />
    </div>`}
  </div>`;
}

/**
 * The rows, and where they were before also the `held` ones that have left the list: these are
 * `isGone`. Held is what one works on: it must not vanish under one's hands.
 */
function useRows(data = [], held) {
  const before = useRef([]);
  const isDeleted = useValue(deleted);
  const here = new Set(data.map((row) => row.id).concat(isDeleted));
  const rows = [...data];
  before.current.forEach((row, at) => {
    if (held.has(row.id) && !here.has(row.id)) rows.splice(at, 0, { ...row, isGone: true });
  });
  before.current = rows;
  return rows;
}

const links = () => [...document.querySelectorAll(".queue .rows a")];
const rowOf = (element) => element?.closest(".row");
const focusedId = () => Number(rowOf(document.activeElement)?.dataset.id);

/** Keys that go through the rows, from the focused one or else the open one. */
function useListKeys(rows, toggle) {
  const current = () => rowOf(document.activeElement) ?? document.querySelector(".row.open");
  const at = () => links().findIndex((link) => rowOf(link) === current());
  const go = (by) => () => {
    const link = links()[Math.min(rows.length - 1, Math.max(0, at() + by))];
    if (link?.offsetParent) link.focus();
    else link?.click();                    // the list is hidden: there is room for a ticket only
  };
  // Elsewhere an arrow scrolls.
  const goInList = (by) => () => document.activeElement.closest(".list") !== null && go(by)();
  useKeys({
    j: [t("Next ticket"), go(1)], k: [t("Previous ticket"), go(-1)],
    ArrowDown: [t("Next ticket in the list"), goInList(1)],
    ArrowUp: [t("Previous ticket in the list"), goInList(-1)],
    o: [t("Open the ticket"), () => links()[at()]?.click()],
    x: [t("Select"), () => at() >= 0 && toggle(rows[at()])],
  });
}

/** When a ticket is left, the focus goes back to its row, which shows the draft saved by then. */
function useReturn(id, onReturn) {
  const before = useRef(id);
  const [, render] = useState(id);
  useEffect(() => {
    render(id);
    if (before.current && !id) {
      document.querySelector(`.row[data-id="${before.current}"] a`)?.focus();
      onReturn();
    }
    before.current = id;
  }, [id]);
}

function factsOf({ id, priority, status, user, assignee, sla }) {
  const others = [STATUS()[status], user.name, assignee?.name].filter(Boolean);
  return html`#${id} · <span class=${priority}>${PRIORITY()[priority]}</span>
    ${others.map((fact) => html` · <bdi>${fact}</bdi>`)}<${Due} sla=${sla} />`;
}

function Nothing({ query, base }) {
  const isNarrowed = Object.keys(query).some((name) => name !== "sort");
  return html`<${Empty} action=${isNarrowed && html`<a href="/console/${base === "search" ? "queue/all" : base}">
    ${t("Show all of them")}</a>`}>
    ${base === "search" ? t("Nothing is found. Try fewer or other words.")
      : isNarrowed ? t("No ticket fits these filters.") : t("Nothing here. All is done.")}<//>`;
}
