// What links in mails lead to: a new password, a confirmed address. Nobody need be signed in.
import { useEffect, useState } from "preact/hooks";
import { navigate } from "../address.js";
import { call, config, session, setUser, signOut } from "../api.js";
import { Failed, Field, Form, Heading, html, toast } from "../ui.js";
import { useValue } from "../values.js";
import { t } from "../words.js";
import { NewPassword } from "./sign_in.js";

let token = "";

/** The token of the link that was followed: out of the address bar, and kept here only. */
function takeToken() {
  if (location.hash && location.hash !== "#main") {      // that is what one skips to
    token = location.hash.slice(1);
    history.replaceState(null, "", location.pathname);
  }
  return token;
}

export function Forgot() {
  const [said, setSaid] = useState();
  const ask = async (body) => setSaid((await call("POST", "/password/forgot", { body })).message);
  const form = html`<p>${t("A link is mailed to you, with which you set a new one.")}</p>
    <${Form} onSend=${ask} buttons=${html`<button class="primary">${t("Mail me a link")}</button>`}>
      ${(errors) => html`<${Field} label=${t("Email")} name="email" type="email" autocomplete="username"
        errors=${errors} />`}<//>
    <p role="status">${said}</p>`;
  return html`<div class="card"><${Heading} title=${t("Forgot your password?")} />
    ${config.get().mail ? form : html`<p>${t("No mails are sent here: ask support for a new password.")}</p>`}
    <p><a href="/console/sign-in">${t("Sign in")}</a></p></div>`;
}

export function SetPassword() {
  const given = takeToken();
  const save = async (body) => {
    await call("POST", "/password/reset", { body });
    if (session.get()) await signOut();
    toast(t("Your password is set. Sign in with it."));
    navigate("sign-in", { replace: true });
  };
  return html`<div class="card"><${Heading} title=${t("Choose a password")} />
    <${Form} onSend=${save} buttons=${html`<button class="primary">${t("Set the password")}</button>`}>
      ${(errors) => html`<${NewPassword} errors=${errors} />
        <input type="hidden" name="token" value=${given} />
        ${errors.token && html`<${Spent} />${config.get().mail &&
          html`<p><a href="/console/forgot">${t("Ask for a new link")}</a></p>`}`}`}<//></div>`;
}

export function Confirm() {
  const given = takeToken();
  const { user, hasEnded } = useValue(session) ?? {};
  const [{ isUsed, error }, setState] = useState({});
  const confirm = async () => {
    await call("POST", "/email/confirm", { body: { token: given } })
      .then(() => setState({ isUsed: true }), (refused) => setState({ error: refused }));
    if (session.get()) setUser(await call("GET", "/me"));
  };
  useEffect(() => { confirm().catch(() => {}); }, [given]);
  const isSpent = error?.status === 422;
  const isDone = isUsed || (isSpent && user?.email_confirmed);   // by an earlier click, then
  return html`<div class="card"><${Heading} title=${t("Confirm your email address")} />
    <div role="status">${isDone && html`<p>${t("Your email is confirmed.")}</p>
      <a href="/console/">${t("Go to the start")}</a>`}</div>
    ${!isDone && (isSpent ? html`<${Spent} />${user && !hasEnded ? html`<${MailAgain} />`
        : html`<p><a href="/console/sign-in?next=me">${t("Sign in to be mailed another one")}</a></p>`}`
      : error && html`<${Failed} error=${error} onRetry=${confirm} />`)}</div>`;
}

const Spent = () => html`<p class="failed form-error" role="alert" tabindex="-1">
  ${t("This link has expired or was used already; ask for a new one.")}</p>`;

/** A button by which one is mailed another link to confirm one's address. */
export function MailAgain() {
  const [said, setSaid] = useState();
  const ask = async () => setSaid((await call("POST", "/email/confirmation")).message);
  return html`<${Form} onSend=${ask} buttons=${html`<button>${t("Mail me the link again")}</button>`}>
    ${() => html`<p role="status">${said}</p>`}<//>`;
}
