import { t } from "../words.js";
import { Empty, Heading, html } from "../ui.js";

export function NotFound() {
  return html`<${Heading} title=${t("There is no such page")} />
    <${Empty} action=${html`<a href="/console/">${t("Go to the start")}</a>`}>
      ${t("The address may be mistyped, or it is for others.")}<//>`;
}
