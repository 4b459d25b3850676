// One's own data: all of it as a file, and its end.
import { useState } from "preact/hooks";
import { navigate } from "../address.js";
import { call, forget } from "../api.js";
import { announce, Field, Form, FormDialog, html, toast } from "../ui.js";
import { t } from "../words.js";
import { fetchBlob, save } from "./downloads.js";

export function MyData({ user }) {
  const [asks, setAsks] = useState(false);
  return html`<section class="part"><h2>${t("Your data")}</h2>
    <${Export} />
    <button type="button" onClick=${() => setAsks(true)}>${t("Delete my account")}</button>
    ${asks && html`<${Deletion} user=${user} onClose=${() => setAsks(false)} />`}
  </section>`;
}

function Export() {
  const [said, setSaid] = useState();
  const load = async () => {
    setSaid(t("Your data is being collected."));
    save(await fetchBlob("/api/me/export").catch(explain).finally(() => setSaid()), "export.ndjson");
    announce(t("Saved."));
  };
  return html`<${Form} onSend=${load} buttons=${html`<button>${t("Export my data")}</button>`}>
    ${() => html`<p>${t("All that is known here of you, and all that you wrote, in a file.")}</p>
      <p role="status">${said}</p>`}<//>`;
}

function explain(error) {
  if (error.status === 429) error.message = t("Your data is being exported already. Wait until that is done.");
  throw error;
}

function Deletion({ user, onClose }) {
  const erase = async (body) => {
    await call("DELETE", "/me", { body });
    toast(t("Your account is deleted. What you wrote is being erased."));
    navigate("sign-in", { replace: true });
    forget(user);
  };
  return html`<${FormDialog} title=${t("Delete your account?")} button=${t("Delete my account")}
      onSend=${erase} onClose=${onClose}>
    ${(errors) => html`
      <p>${t("Your account is closed at once and for good. Nobody can open it again.")}</p>
      <p>${t("What goes: your name, your email, and all texts and files in your own requests.")}</p>
      <p>${user.role === "admin"
        ? t("What stays: these requests with their times and scores and, without your name, what you wrote in those of others. Tickets assigned to you become unassigned.")
        : t("What stays: these requests with their times and scores, and what others wrote in them.")}</p>
      <${Field} label=${t("Current password")} name="current_password" type="password"
        autocomplete="current-password" errors=${errors} />`}<//>`;
}
