// By when a ticket is to be answered and resolved, and how that was counted. For admins only.
import { useState } from "preact/hooks";
import { useLoaded } from "../loading.js";
import { Dialog, html, Loaded, useTick } from "../ui.js";
import { dateTime, dateTimeRange, preciseDuration, shortDuration, t, TARGET } from "../words.js";

/** Whether there are service levels: without any, there is no view of what is overdue. */
export const hasLevels = (views) => views.data?.data.some(({ key }) => key === "overdue") ?? false;

/** The words for the states of targets by which one filters tickets. */
export const LEVEL_STATES = () => ({
  overdue: t("Overdue"), running: t("Running"), paused: t("Paused"), met: t("Met"), missed: t("Missed"),
});

const isPast = (at) => new Date(at) <= Date.now();

/** How long there is until a target is due, such as "reply in 14 min"; or since when it was. */
function Left({ name, at }) {
  const time = shortDuration(Math.abs(new Date(at) - Date.now()) / 1000);
  const words = isPast(at) ? t("overdue {time}", { time })
    : name === "resolution" ? t("solve in {time}", { time }) : t("reply in {time}", { time });
  return html`<time datetime=${at} title=${dateTime(at)} class=${isPast(at) ? "overdue" : ""}>${words}</time>`;
}

/** What of a ticket is due next, after other facts; it goes on by itself. */
export function Due({ sla }) {
  useTick(Boolean(sla?.due_at));
  const name = sla?.due_at && Object.keys(TARGET()).find((target) =>
    sla[target]?.due_at === sla.due_at && !sla[target].done_at);
  return name && html` · <${Left} name=${name} at=${sla.due_at} />`;
}

/** Each target of a ticket, and why it is where it is. */
export function Level({ ticket: { id, sla, waiting_since: since } }) {
  useTick();
  const [asks, setAsks] = useState(false);
  const stateOf = (name, { state, due_at, done_at }) => {
    if (done_at) return LEVEL_STATES()[state];
    if (due_at) return html`<${Left} name=${name} at=${due_at} />`;
    return state === "paused" ? t("waiting for the customer since {time}", { time: dateTime(since) })
      : t("due in years");
  };
  return html`<section class="level"><h2>${t("Service level")}</h2>
    <p class="quiet">${sla.policy.name}</p>
    <dl>${Object.entries(TARGET()).filter(([name]) => sla[name]).map(([name, words]) => html`
      <div key=${name}><dt>${words}</dt><dd>${stateOf(name, sla[name])}</dd></div>`)}</dl>
    <button type="button" onClick=${() => setAsks(true)}>${t("Why?")}</button>
    ${asks && html`<${Why} id=${id} onClose=${() => setAsks(false)} />`}
  </section>`;
}

function Why({ id, onClose }) {
  const loaded = useLoaded(`/tickets/${id}/sla`);
  return html`<${Dialog} title=${t("Service level")} onClose=${onClose}>
    <${Loaded} from=${loaded}>${(explained) => Object.entries(TARGET())
      .filter(([name]) => explained[name])
      .map(([name, words]) => html`<${Explained} key=${name} words=${words} ...${explained[name]} />`)}<//>
  <//>`;
}

const WHY = () => ({
  counting: t("counted"), waiting_on_customer: t("not counted: waiting for the customer"),
  outside_hours: t("not counted: outside the opening hours"), holiday: t("not counted: a holiday"),
  resolved: t("not counted: solved"),
});

/** How a target was counted: its intervals, the newest first. */
function Explained({ words, goal_seconds: goal, counted_seconds: counted, due_at, done_at, intervals, more }) {
  const given = { counted: preciseDuration(counted), goal: preciseDuration(goal) };
  return html`<section><h3>${words}</h3>
    <p>${t("{counted} of {goal} counted.", given)}
      ${due_at && ` ${t("Due: {time}.", { time: dateTime(due_at) })}`}
      ${done_at && ` ${t("Done: {time}.", { time: dateTime(done_at) })}`}</p>
    <ol class="plain">${intervals.toReversed().map(({ from, to, seconds, why }) => html`<li key=${from}>
      ${to ? dateTimeRange(from, to) : t("Since {time}", { time: dateTime(from) })}
      ${" "}· <b>${preciseDuration(seconds)}</b> · ${WHY()[why]}</li>`)}</ol>
    ${more && html`<p class="quiet">${t("What was before is not shown.")}</p>`}</section>`;
}
