// The agents' queue: a view's tickets, narrowed by filters, and the ticket that is open.
import { useRef, useState } from "preact/hooks";
import { query as queryOf, usePages } from "../api.js";
import { navigate } from "../address.js";
import { draftOf } from "../drafts.js";
import { useKeys } from "../keys.js";
import { presence, useChanges } from "../live.js";
import { Empty, Failed, Heading, html, Loaded, Time } from "../ui.js";
import { useValue } from "../values.js";
import { list, PRIORITY, STATUS, t } from "../words.js";
import { Bulk } from "./bulk.js";
import { Filters } from "./filters.js";
import { TicketScreen } from "./ticket.js";

const NAMES = () => ({
  needs_answer: t("Needs answer"), mine: t("Mine"), unassigned: t("Unassigned"),
  waiting_for_customer: t("Waiting for customer"), resolved: t("Solved"), all: t("All"),
});

/** The name of a view; those that are built in have it in the reader's language. */
export const viewName = ({ key, name }) => NAMES()[key] ?? name;

export function Queue({ view: wanted, id, query, user, views }) {
  const view = query.q ? { key: "all", query: {} }
    : views.data?.data.find((found) => (found.key ?? String(found.id)) === wanted);
  if (views.data && !view) return html`<${Failed} error=${{ message: t("There is no such view.") }} />`;
  if (!view) return html`<${Loaded} from=${views}>${() => null}<//>`;
  return html`<${Tickets} key=${wanted} view=${view} id=${id} query=${query} user=${user} views=${views} />`;
}

function Tickets({ view, id, query, user, views }) {
  const all = { ...view.query, ...query };
  if (query.q) delete all.sort;              // a search has its own order
  const loaded = usePages(`/tickets${queryOf(all)}`);
  useChanges(loaded.reload);
  const [selected, setSelected] = useState(new Set());
  const rows = useRows(loaded.data?.data, Number(id));
  const base = query.q ? "search" : `queue/${view.key ?? view.id}`;
  const search = location.search;
  const open = (row) => navigate(row ? `${base}/${row.id}${search}` : base + search);
  const next = () => open(rows[rows.findIndex((row) => row.id === Number(id)) + 1]);
  const toggle = (row) => setSelected((old) => {
    const chosen = new Set(old);
    if (!chosen.delete(row.id)) chosen.add(row.id);
    return chosen;
  });
  useListKeys(rows, toggle);
  const title = query.q ? t("Search: {q}", { q: query.q }) : viewName(view);
  return html`<div class="queue ${id ? "has-ticket" : ""}">
    <section class="list" aria-label=${title}>
      ${id ? html`<h2>${title}</h2>` : html`<${Heading} title=${title} />`}
      <${Filters} view=${view} query=${query} user=${user} views=${views} />
      ${selected.size > 0 && html`<${Bulk} ids=${[...selected]} user=${user} onClose=${() => setSelected(new Set())}
        onDone=${loaded.reload} />`}
      <${Loaded} from=${loaded}>${({ next: more }) => html`
        ${!rows.length && html`<${Nothing} query=${query} to=${base} />`}
        <ul class="rows">${rows.map((row) => html`<${Row} key=${row.id} row=${row} isOpen=${row.id === Number(id)}
          to=${`${base}/${row.id}${search}`} user=${user} isSelected=${selected.has(row.id)} toggle=${() => toggle(row)} />`)}</ul>
        ${more && html`<button type="button" onClick=${loaded.more}>${t("Show more")}</button>`}`}
      <//>
    </section>
    ${id && html`<div class="pane">
      <a class="back" href="/console/${base}${search}">${t("Back to the list")}</a>
      <${TicketScreen} key=${id} id=${id} user=${user} onResolved=${next} leave=${() => open()} />
    </div>`}
  </div>`;
}

/** The rows, and among them the open one even when it has left the list: then it `isGone`. */
function useRows(data = [], id) {
  const last = useRef(null);                 // the open row, and where it stood
  const at = data.findIndex((row) => row.id === id);
  if (at >= 0) last.current = { row: data[at], at };
  if (at >= 0 || last.current?.row.id !== id) return data;
  const gone = { ...last.current.row, isGone: true };
  return [...data.slice(0, last.current.at), gone, ...data.slice(last.current.at)];
}

/** Keys that go through the rows; Enter opens a link by itself. */
function useListKeys(rows, toggle) {
  const links = () => [...document.querySelectorAll(".queue .rows a")];
  const at = () => links().indexOf(document.activeElement);
  const go = (by) => () => links()[Math.min(rows.length - 1, Math.max(0, at() + by))]?.focus();
  const isTicketOpen = document.querySelector(".queue .pane") !== null;
  useKeys({
    j: [t("Next ticket"), go(1)], k: [t("Previous ticket"), go(-1)],
    ...(!isTicketOpen && { ArrowDown: [t("Next ticket"), go(1)], ArrowUp: [t("Previous ticket"), go(-1)] }),
    o: [t("Open"), () => links()[at()]?.click()],
    x: [t("Select"), () => at() >= 0 && toggle(rows[at()])],
  });
}

function Nothing({ query, to }) {
  const isNarrowed = Object.keys(query).some((name) => name !== "sort");
  return html`<${Empty} action=${isNarrowed && html`<a href="/console/${to.replace(/^search$/, "queue/all")}">
    ${t("Show all of them")}</a>`}>
    ${isNarrowed ? t("No ticket fits these filters.") : t("Nothing here. All is done.")}<//>`;
}

function Row({ row, to, user, isOpen, isSelected, toggle }) {
  const { id, subject, isGone, assignee, priority, status, unread_count: unread, last_activity_at: at } = row;
  const isColleague = (other) => other.role === "admin" && other.id !== user.id;
  const there = (useValue(presence)[id] ?? []).filter(isColleague);
  const facts = [`#${id}`, row.user.name, PRIORITY()[priority], STATUS()[status], assignee?.name].filter(Boolean);
  return html`<li class="row ${isGone ? "gone" : ""} ${isOpen ? "open" : ""}">
    <input type="checkbox" checked=${isSelected} onChange=${toggle} aria-label=${t("Select #{id}", { id: String(id) })} />
    <a href="/console/${to}" class=${unread ? "unread" : ""} aria-current=${isOpen ? "true" : undefined}>
      <span class="line">
        ${unread > 0 && html`<span class="badge">${unread}<span class="visually-hidden"> ${t("unread")}</span></span>`}
        <span class="subject" dir="auto">${subject}</span><${Time} at=${at} />
      </span>
      <span class="line quiet"><span class=${priority === "urgent" ? "facts urgent" : "facts"}>${facts.join(" · ")}</span></span>
      <span class="line quiet"><${Preview} row=${row} /></span>
      ${there.length > 0 && html`<span class="line presence">${t("{names}: here now",
        { names: list(there.map(({ name }) => name)) })}</span>`}
    </a>
  </li>`;
}

function Preview({ row: { id, last_entry: entry, match } }) {
  const draft = draftOf(id, "reply");
  if (match) return html`<span class="excerpt" dir="auto">${marked(match)}</span>`;
  if (draft) return html`<span class="excerpt">${t("Draft: {text}", { text: draft })}</span>`;
  if (!entry) return null;
  return html`<span class="excerpt" dir="auto">${entry.side === "support" ? "↩ " : ""}${entry.excerpt}</span>`;
}

/** An excerpt with what was searched marked; positions are in code points. */
function marked({ excerpt, terms }) {
  const letters = [...excerpt];
  const pieces = [];
  let end = 0;
  for (const [from, to] of terms) {
    pieces.push(letters.slice(end, from).join(""), html`<mark>${letters.slice(from, to).join("")}</mark>`);
    end = to;
  }
  return [...pieces, letters.slice(end).join("")];
}
