// What the dashboard draws: bars for each day, durations in words, tables to save.
import { html } from "../ui.js";
import { Table } from "../tables.js";
import { download } from "./downloads.js";
import { calendarDate, number, percent, preciseDuration, t, tn } from "../words.js";

const STEP = 10;                           // units of the drawing for each day, of which
const BAR = 4;                             // each bar takes these
const HEIGHT = 100;

const COLUMNS = () => [[t("New"), ({ opened }) => number(opened)],
  [t("Solved"), ({ resolved }) => number(resolved)]];

/** New and solved tickets per day, as bars and as a table. */
export function Days({ from, to, totals, days }) {
  const most = Math.max(...days.flatMap(({ opened, resolved }) => [opened, resolved]));
  const words = t("New {opened}, solved {resolved} from {from} to {to}",
    { ...totals, from: calendarDate(from), to: calendarDate(to) });
  const bar = (count, x, name) => {
    const height = count && count / most * HEIGHT;
    return html`<rect class=${name} x=${x} y=${HEIGHT - height} width=${BAR} height=${height} />`;
  };
  return html`<figure class="chart" role="img" aria-label=${words}>
      <p class="legend"><span class="new">${t("New")}: ${number(totals.opened)}</span>
        <span class="solved">${t("Solved")}: ${number(totals.resolved)}</span>
        <span class="quiet">${t("At most {count} a day", { count: most })}</span></p>
      <svg viewBox="0 0 ${days.length * STEP} ${HEIGHT}" preserveAspectRatio="none">
        ${days.map(({ date, opened, resolved }, index) => html`<g key=${date}>
          <title>${calendarDate(date)}: ${number(opened)} / ${number(resolved)}</title>
          ${bar(opened, index * STEP + 1, "new")}
          ${bar(resolved, index * STEP + 1 + BAR, "solved")}</g>`)}
      </svg>
      <p class="line quiet"><span class="subject">${calendarDate(from)}</span>
        ${calendarDate(to)}</p>
    </figure>
    <details><summary>${t("Numbers of each day")}</summary>
      <${Table} rows=${days} keyOf=${({ date }) => date}
        columns=${[[t("Date"), ({ date }) => calendarDate(date)], ...COLUMNS()]} /></details>`;
}

const medianOf = ({ median }) => (median === null ? "–" : preciseDuration(median));

/** A figure, what is to be known of it, and what it was before. */
export const Figure = ({ words, now, note, before }) => html`<div><dt>${words}</dt>
  <dd><strong>${now}</strong>${note && html`<p>${note}</p>`}
    <p class="quiet">${t("Before: {figures}", { figures: before })}</p></dd></div>`;

/** A median and a p90, never a mean: one long wait would distort it. */
export const Durations = ({ words, now, before }) => html`<${Figure} words=${words} now=${medianOf(now)}
  note=${now.count > 0 && tn("Of {count} ticket.",
    "The median of {count} tickets; a tenth took more than {p90}.",
    { count: now.count, p90: preciseDuration(now.p90) })}
  before=${before.count ? t("{median}; a tenth took more than {p90}",
    { median: preciseDuration(before.median), p90: preciseDuration(before.p90) }) : "–"} />`;

/** A table of groups of tickets; `group` is its first column, [words, cell]. */
export function Groups({ title, group, rows, keyOf, path, name }) {
  const columns = [group, ...COLUMNS(),
    [t("First response, median"), ({ first_response_seconds: found }) => medianOf(found)],
    [t("Resolution, median"), ({ resolution_seconds: found }) => medianOf(found)],
    ...(rows.some(hasGoals) ? [[t("Service levels met"), kept]] : []),
    [t("Rating"), ({ rating }) => rated(rating)]];
  return html`<section class="part"><div class="title"><h2>${title}</h2>
      <button type="button" aria-label=${t("CSV: {title}", { title })}
        onClick=${() => download({ url: path, name })}>${t("CSV")}</button></div>
    ${rows.length ? html`<${Table} columns=${columns} rows=${rows} keyOf=${keyOf} />`
      : html`<p class="quiet">${t("Nothing happened in these days.")}</p>`}</section>`;
}

/** Whether any tickets had goals. */
export const hasGoals = ({ sla: { met, missed } }) => met + missed > 0;
/** How many of the tickets that had goals met them. */
export const kept = (group) =>
  (hasGoals(group) ? percent(group.sla.met, group.sla.met + group.sla.missed) : "–");

/** An average rating in words. */
export const rated = ({ average, count }) => (count
  ? t("{average} of 5 ({count})", { average: Math.round(average * 10) / 10, count }) : "–");
