// What changed on a ticket, in words.
import { html, Time } from "../ui.js";
import { day, list, PRIORITY, STATUS, t, time, tn } from "../words.js";
import { automaticWords } from "./automatic.js";
import { scoreWords } from "./rating.js";

const FOLDED = 3;                          // changes, and more

/** The name of whoever did something, as far as it is known to the reader. */
export function nameOf({ ticket, state: { entries }, people }, id, user) {
  if (id === null) return t("System");
  const known = [user, ticket.user, ticket.assignee, ...people, ...entries.map((entry) => entry.user)];
  return known.find((person) => person?.id === id)?.name ?? t("Support");
}

const WORDS = {
  status: ({ status }) => t("status: {value}", { value: STATUS()[status] }),
  priority: ({ priority }) => t("priority: {value}", { value: PRIORITY()[priority] }),
  category_id: ({ category }) => t("category: {value}", { value: category.name }),
  assigned_to: ({ assignee }) => t("assignee: {value}", { value: assignee?.name ?? t("nobody") }),
  subject: ({ subject }) => t("subject: {value}", { value: subject ?? t("deleted") }),
  description: () => t("description"),
  attachment: ({ attachment }) => t("attachment: {value}", { value: attachment?.name ?? t("none") }),
  rating: ({ rating }) => t("rating: {value}", { value: scoreWords(rating.score) }),
};

// Changes that concern a customer, too.
const PUBLIC = ["status", "assigned_to", "subject", "description", "attachment", "rating"];

/** The fields of a change that its reader is shown. */
export const shownFields = ({ changes, actorId }, { role }) => Object.keys(changes).filter((field) =>
  (role === "admin" ? field in WORDS : PUBLIC.includes(field)) &&
  (field !== "rating" || actorId !== null));            // else only its comment was erased

/** What some fields of a ticket are now. */
export const changeWords = (fields, ticket) =>
  list([...new Set(fields)].filter((field) => field in WORDS).map((field) => WORDS[field](ticket)));

/** Whether something was done to the ticket, other than to write on it. */
export const isAction = ({ kind }) => kind === "change" || kind === "automatic";

/** Entries in lists: each by itself, but three and more changes of somebody's in a day together. */
export function runsOf(entries) {
  const runs = [];
  for (const entry of entries) {
    const first = runs.at(-1)?.[0];
    const isMore = first && isAction(first) && isAction(entry) &&
      first.actorId === entry.actorId && day(first.at) === day(entry.at);
    if (isMore) runs.at(-1).push(entry);
    else runs.push([entry]);
  }
  return runs.flatMap((run) => (run.length < FOLDED ? run.map((entry) => [entry]) : [run]));
}

export function Changes({ run, live, user }) {
  const [{ actorId }] = run;
  const name = nameOf(live, actorId, user);
  const wordsOf = (entry) => (entry.kind === "change"
    ? t("{name} changed {what}", { name, what: changeWords(shownFields(entry, user), entry.after) })
    : automaticWords(entry, (id) => nameOf(live, id, user), live.ticket));
  const lines = run.map((entry) => html`<p class="quiet" key=${entry.key}>${wordsOf(entry)}
    ${" "}<${Time} at=${entry.at} show=${time} /></p>`);
  if (run.length < FOLDED) return lines;
  const count = run.length;
  const words = actorId === null
    ? tn("{count} thing happened automatically", "{count} things happened automatically", { count })
    : tn("{name} changed {count} thing", "{name} changed {count} things", { name, count });
  return html`<details><summary class="quiet">${words}</summary>${lines}</details>`;
}
