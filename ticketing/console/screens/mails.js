// What one is mailed of, chosen in one's settings.
import { call } from "../api.js";
import { useLoaded } from "../loading.js";
import { html, Loaded, Switch } from "../ui.js";
import { t } from "../words.js";
import { MailAgain } from "./links.js";

const OWN = () => [
  ["ticket_received", t("Your request has arrived")], ["reply", t("New replies")],
  ["status", t("Your request was resolved, closed or reopened")],
];
const OF_SUPPORT = () => [
  ["ticket_opened", t("A ticket was opened")], ["assigned", t("A ticket was assigned to you")],
  ["alert", t("Something needs attention")],
];

export function Mails({ user }) {
  const kinds = user.role === "admin" ? [...OF_SUPPORT(), ...OWN()] : OWN();
  const save = (kind) => (isWanted) =>
    call("PATCH", "/me/notifications", { body: { email: { [kind]: isWanted } } });
  return html`<section class="part"><h2>${t("Mails to you")}</h2>
    ${user.email_confirmed === false && html`
      <p>${t("Your address is not confirmed yet. Until it is, none of these mails is sent.")}</p>
      <${MailAgain} />`}
    <${Loaded} from=${useLoaded("/me/notifications")}>${({ email }) => kinds.map(([kind, words]) => html`
      <${Switch} key=${kind} name=${kind} label=${words} defaultChecked=${email[kind]} onSave=${save(kind)} />`)}<//>
  </section>`;
}
