// One's own account, and how the console behaves in this browser.
import { useState } from "preact/hooks";
import { call, config, setUser, signOut } from "../api.js";
import { isOn } from "../keys.js";
import { useLoaded } from "../loading.js";
import { Check, Field, Form, FormDialog, Heading, html, Select, Switch, toast } from "../ui.js";
import { useValue } from "../values.js";
import { t } from "../words.js";
import { countUnsent } from "../outbox.js";
import { entersSend, setEntersSend } from "./composer.js";
import { Mails } from "./mails.js";
import { MyData } from "./my_data.js";
import { NewPassword, unsentWords } from "./sign_in.js";

export function MySettings({ user }) {
  return html`<${Heading} title=${t("My settings")} />
    <div class="settings"><${Account} user=${user} />
    ${user.role === "admin" && html`<${Away} user=${user} />`}
    ${config.get().mail && html`<${Mails} user=${user} />`}
    ${user.locale !== undefined && html`<${Language} user=${user} />`}
    <${Browser} user=${user} /><${Everywhere} /><${MyData} user=${user} /></div>`;
}

function Account({ user }) {
  const [isGuarded, setGuarded] = useState(false);
  const guard = ({ currentTarget: { elements } }) =>
    setGuarded(elements.email.value.trim() !== user.email || elements.password.value !== "");
  const save = async (values, form) => {
    const changed = Object.entries(values).filter(([name, text]) => text !== (user[name] ?? ""));
    setUser(await call("PATCH", "/me", { body: Object.fromEntries(changed) }));
    for (const field of form.querySelectorAll("[name^=password]")) field.value = "";
    setGuarded(false);
    toast(t("Saved."));
  };
  return html`<section class="part"><h2>${t("Account")}</h2>
    <${Form} onSend=${save} onInput=${guard}
      buttons=${html`<button class="primary">${t("Save")}</button>`}>
      ${(errors) => html`
        <${Field} label=${t("Name")} name="name" defaultValue=${user.name} autocomplete="name"
          errors=${errors} />
        <${Field} label=${t("Email")} name="email" type="email" defaultValue=${user.email}
          autocomplete="username" errors=${errors} />
        <${NewPassword} label=${t("New password")} again=${t("New password again")} errors=${errors} />
        ${isGuarded && html`<${Field} label=${t("Current password")} name="current_password"
          type="password" autocomplete="current-password" errors=${errors}
          hint=${t("To change the email or the password.")} />`}`}
    <//></section>`;
}

/** Whether rules may assign one tickets; nothing is shown of it where there are no rules. */
function Away({ user }) {
  const isAway = user.available === false;
  const rules = useLoaded("/rules?limit=1");
  const save = async (leaves) => setUser(await call("PATCH", "/me", { body: { available: !leaves } }));
  return (isAway || rules.data?.data.length > 0) && html`<section class="part"><h2>${t("Availability")}</h2>
    <${Switch} label=${t("I am away: rules assign me no tickets")} checked=${isAway} onSave=${save} />
  </section>`;
}

function Language({ user }) {
  const { locale = "", time_zone: zone } = user;
  const [chosen, setChosen] = useState({ locale: locale ?? "", time_zone: zone ?? "" });
  const choose = ({ target }) => setChosen({ ...chosen, [target.name]: target.value });
  const save = async () => {
    const body = { locale: chosen.locale || null, time_zone: chosen.time_zone || null };
    setUser(await call("PATCH", "/me", { body }));      // the page is then shown so
  };
  const own = { "": t("As in this browser") };
  const nameOf = (code) => new Intl.DisplayNames([code], { type: "language" }).of(code);
  const languages = Object.fromEntries(
    config.get().languages.map((code) => [code, nameOf(code)]));
  const known = new Set(["UTC", ...Intl.supportedValuesOf("timeZone"), zone ?? "UTC"]);
  const zones = Object.fromEntries([...known].map((name) => [name, name]));
  return html`<section class="part"><h2>${t("Language and time zone")}</h2>
    <${Form} onSend=${save} onChange=${choose}
      buttons=${html`<button>${t("Use these")}</button>`}>
      ${(errors) => html`
        <${Select} label=${t("Language")} name="locale" value=${chosen.locale}
          options=${{ ...own, ...languages }} errors=${errors} />
        <${Select} label=${t("Time zone")} name="time_zone" value=${chosen.time_zone}
          options=${{ ...own, ...zones }} errors=${errors} />`}
    <//></section>`;
}

function Browser({ user }) {
  return html`<section class="part"><h2>${t("In this browser")}</h2>
    <${Check} label=${t("Enter sends what I write; Shift+Enter begins a new line")}
      defaultChecked=${entersSend(user)} onChange=${({ target }) => setEntersSend(target.checked)} />
    <${Check} label=${t("Single keys do something; ? shows them")}
      checked=${useValue(isOn)} onChange=${({ target }) => isOn.set(target.checked)} />
  </section>`;
}

function Everywhere() {
  const [asks, setAsks] = useState(false);
  return html`<section class="part"><h2>${t("Sessions")}</h2>
    <button type="button" onClick=${() => setAsks(true)}>${t("Sign out everywhere")}</button>
    ${asks && html`<${FormDialog} title=${t("Sign out everywhere?")}
      button=${t("Sign out everywhere")} onSend=${() => signOut({ all: true })}
      onClose=${() => setAsks(false)}>
      <p>${t("You are signed out in all browsers and apps, in this one too.")}
        ${countUnsent() > 0 && ` ${unsentWords()}`}</p><//>`}
  </section>`;
}
