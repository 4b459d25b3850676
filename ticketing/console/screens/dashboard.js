// What waits now, and what happened in a range of days, beside the days before them.
import { query as queryOf } from "../api.js";
import { setQuery } from "../address.js";
import { useLoaded } from "../loading.js";
import { Field, Heading, html, Loaded, Select } from "../ui.js";
import { Criteria } from "../tables.js";
import { atMost999, day, t, tn, viewName } from "../words.js";
import { named, useCategories } from "./filters.js";
import { Days, Durations, Figure, Groups, hasGoals, kept, rated } from "./charts.js";

const NOW = ["needs_answer", "unassigned", "waiting_for_customer", "mine", "overdue"];
const RANGES = [7, 30, 90];                // days
const DAY_MS = 86_400_000;

/** A date so many days later; what is no date stays, for the service to refuse. */
function shift(date, days) {
  const at = new Date(Date.parse(date) + days * DAY_MS);
  return Number.isNaN(at.getTime()) ? date : at.toISOString().slice(0, 10);
}

export function Dashboard({ user, query: given, views }) {
  const today = day(Date.now());
  const to = given.to || today;
  const from = given.from || shift(to, 1 - 30);
  const count = Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
  const time_zone = user.time_zone || Intl.DateTimeFormat().resolvedOptions().timeZone;
  const { category_id } = given;
  const path = (parameters) =>
    `/reports/tickets${queryOf({ from, to, time_zone, category_id, ...parameters })}`;
  const days = useLoaded(path({ by: "day" }));
  const previous = { from: shift(from, -count), to: shift(from, -1) };
  const before = useLoaded(count > 0 && path({ by: "priority", ...previous }));
  const range = (length) => html`<button key=${length} type="button"
    aria-pressed=${to === today && count === length ? "true" : "false"}
    onClick=${() => setQuery({ from: shift(today, 1 - length), to: today })}>
    ${tn("{count} day", "{count} days", { count: length })}</button>`;
  return html`<${Heading} title=${t("Dashboard")} />
    <${Now} views=${views} />
    <${Criteria} given=${{ from, to, category_id }}>${(typed) => html`
      <${Field} label=${t("From")} name="from" type="date" value=${typed.from}
        errors=${days.error?.errors} />
      <${Field} label=${t("To")} name="to" type="date" value=${typed.to}
        errors=${days.error?.errors} />
      <${Category} id=${typed.category_id} />`}<//>
    <div class="buttons" role="group" aria-label=${t("Until today")}>${RANGES.map(range)}</div>
    <${Loaded} from=${days}>${({ totals, data }) => html`
      <section class="part"><h2>${t("New and solved")}</h2>
        <${Days} from=${from} to=${to} totals=${totals} days=${data} />
      </section>
      <${Loaded} from=${before}>${(earlier) =>
        html`<${Totals} now=${totals} before=${earlier.totals} count=${count} category=${category_id} />`}<//>
      <${By} by="assignee" title=${t("By agent")} group=${[t("Agent"), agentOf]}
        idOf=${({ assignee }) => assignee?.id ?? 0} path=${path} range="${from}-${to}" />
      <${By} by="category" title=${t("By category")} group=${[t("Category"), categoryOf]}
        idOf=${({ category }) => category.id} path=${path} range="${from}-${to}" />`}
    <//>`;
}

function Now({ views }) {
  const counted = ({ data }) => NOW.flatMap((key) => data.filter((view) => view.key === key));
  return html`<section class="part"><h2>${t("Now")}</h2><${Loaded} from=${views}>${(found) => html`
    <ul class="figures">${counted(found).map((view) => html`<li key=${view.key}>
      <a href="/console/queue/${view.key}">${viewName(view)}
        ${" "}<strong>${atMost999(view.count)}</strong></a></li>`)}
    </ul>`}<//></section>`;
}

function Category({ id }) {
  const categories = useCategories();
  return html`<${Select} label=${t("Category")} name="category_id" value=${id ?? ""}
    options=${[["", t("Any")], ...named(categories.data?.data)]} />`;
}

function Totals({ now, before, count, category: category_id }) {
  return html`<p>${t("Reopened: {reopened}. Unsolved at the end: {backlog}.", now)}</p>
    <p class="quiet">${tn(
      "The day before: new {opened}, solved {resolved}, reopened {reopened}.",
      "The {count} days before: new {opened}, solved {resolved}, reopened {reopened}.",
      { ...before, count })}</p>
    <section class="part"><h2>${t("How long it took")}</h2><dl class="figures">
      <${Durations} words=${t("First response")} now=${now.first_response_seconds}
        before=${before.first_response_seconds} />
      <${Durations} words=${t("Resolution")} now=${now.resolution_seconds}
        before=${before.resolution_seconds} />
      ${(hasGoals(now) || hasGoals(before)) && html`<${Figure} words=${t("Service levels met")}
        now=${html`<a href="/console/queue/all${queryOf({ sla: "missed", category_id })}">${kept(now)}</a>`}
        note=${t("{met} met, {missed} missed", now.sla)} before=${kept(before)} />`}
      <${Figure} words=${t("Rating")} now=${rated(now.rating)} before=${rated(before.rating)} />
    </dl></section>`;
}

/** What happened in groups of tickets; `group` is the first column of the table, [words, cell]. */
function By({ by, title, group, idOf, path, range }) {
  return html`<${Loaded} from=${useLoaded(path({ by }))}>${({ data }) => html`
    <${Groups} title=${title} group=${group} rows=${data} keyOf=${idOf}
      path=${path({ by, format: "csv" })} name="tickets-${range}-by-${by}.csv" />`}<//>`;
}

const agentOf = ({ assignee }) => html`<a href="/console/queue/all?assigned_to=${assignee?.id ?? "none"}">
  ${assignee?.name ?? t("Nobody")}</a>`;
const categoryOf = ({ category: { id, name } }) =>
  html`<a href="/console/queue/all?category_id=${id}">${name}</a>`;
