// What changed on a ticket, in words.
import { html, Time } from "../ui.js";
import { list, PRIORITY, STATUS, t, time } from "../words.js";
import { scoreWords } from "./rating.js";

/** The name of whoever did something, as far as it is known to the reader. */
export function nameOf({ ticket, entries }, id, user) {
  if (id === null) return t("Automatically");
  const known = [user, ticket.user, ticket.assignee, ...entries.map((entry) => entry.user)];
  return known.find((person) => person?.id === id)?.name ?? t("Support");
}

const WORDS = {
  status: ({ status }) => t("status: {value}", { value: STATUS()[status] }),
  priority: ({ priority }) => t("priority: {value}", { value: PRIORITY()[priority] }),
  category_id: ({ category }) => t("category: {value}", { value: category.name }),
  assigned_to: ({ assignee }) => t("assignee: {value}", { value: assignee?.name ?? t("nobody") }),
  subject: ({ subject }) => t("subject: {value}", { value: subject }),
  description: () => t("description"),
  attachment: ({ attachment }) => t("attachment: {value}", { value: attachment?.name ?? t("none") }),
  rating: ({ rating }) => t("rating: {value}", { value: scoreWords(rating.score) }),
};

export function Change({ entry, state, user }) {
  const fields = Object.keys(entry.changes).filter((field) => WORDS[field]);
  const what = list(fields.map((field) => WORDS[field](entry.after)));
  return html`<p class="quiet">${t("{name} changed {what}",
    { name: nameOf(state, entry.actorId, user), what })} <${Time} at=${entry.at} show=${time} /></p>`;
}
