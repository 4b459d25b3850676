import { Heading, html } from "../ui.js";
import { t } from "../words.js";

export function TicketScreen() {
  return html`<${Heading} title=${t("TicketScreen")} />`;
}
