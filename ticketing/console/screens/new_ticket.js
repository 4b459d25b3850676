import { Heading, html } from "../ui.js";
import { t } from "../words.js";

export function NewTicket() {
  return html`<${Heading} title=${t("NewTicket")} />`;
}
