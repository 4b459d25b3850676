// Invite somebody: they set their password themselves, by a link.
import { useState } from "preact/hooks";
import { call, config } from "../api.js";
import { Dialog, Field, FormDialog, html, Select } from "../ui.js";
import { ROLE, t } from "../words.js";

/** Invite a `user` once more or, if it is {}, somebody new; then show the link. */
export function Invitation({ user: { id, name }, onInvite, onClose }) {
  const [url, setUrl] = useState();
  const invite = async (body) => {
    const answer = await (id ? call("POST", `/users/${id}/invitation`) : call("POST", "/users", { body }));
    setUrl(new URL(answer.invitation_url, location).href);
  };
  const title = id ? t("Invite {name} again?", { name }) : t("Invite");
  if (url) return html`<${Link} title=${title} url=${url} onClose=${onClose} />`;
  return html`<${FormDialog} title=${title} button=${id ? t("Make a new invitation") : t("Invite")}
      onSend=${invite} onDone=${onInvite} onClose=${onClose}>
    ${(errors) => (id ? html`<p>${t("Invitations made before are no longer good then.")}</p>` : html`
      <${Field} label=${t("Name")} name="name" maxlength="255" autocomplete="off" errors=${errors} />
      <${Field} label=${t("Email")} name="email" type="email" autocomplete="off" errors=${errors} />
      <${Select} label=${t("Role")} name="role" options=${ROLE()} errors=${errors} />`)}<//>`;
}

/** The link, selected so that it can be copied. */
const Link = ({ title, url, onClose }) => html`<${Dialog} title=${title} onClose=${onClose}>
  <p>${config.get().mail ? t("This link is mailed to them. It is good for 7 days.")
    : t("Give them this link. It is good for 7 days.")}</p>
  <${Field} label=${t("Invitation")} defaultValue=${url} readonly dir="ltr"
    onFocus=${({ target }) => target.select()} /><//>`;
