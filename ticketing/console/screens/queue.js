import { Heading, html } from "../ui.js";
import { t } from "../words.js";

const NAMES = () => ({
  needs_answer: t("Needs answer"), mine: t("Mine"), unassigned: t("Unassigned"),
  waiting_for_customer: t("Waiting for customer"), resolved: t("Solved"), all: t("All"),
});

/** The name of a view; those that are built in have it in the reader's language. */
export const viewName = ({ key, name }) => NAMES()[key] ?? name;

export function Queue() {
  return html`<${Heading} title=${t("Queue")} />`;
}
