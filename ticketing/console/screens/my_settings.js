import { Heading, html } from "../ui.js";
import { t } from "../words.js";

export function MySettings() {
  return html`<${Heading} title=${t("MySettings")} />`;
}
