// Sign in, create an account, and sign in again over the page when a session has ended.
import { useState } from "preact/hooks";
import { begin, call, config, session, signOut } from "../api.js";
import { countUnsent } from "../outbox.js";
import { announce, Check, Dialog, Field, Form, FormDialog, Heading, html, toast } from "../ui.js";
import { useValue } from "../values.js";
import { t, tn } from "../words.js";

const BUSY_MS = 2000;                      // the service says "unavailable" while hashing is full

async function logIn(email, password, isShared) {
  const ask = () => call("POST", "/login", { body: { email, password } });
  const answer = await ask().catch(async (error) => {
    if (error.status !== 503) throw error;
    announce(t("Busy, trying again in {seconds} s.", { seconds: BUSY_MS / 1000 }));
    await new Promise((done) => setTimeout(done, BUSY_MS));
    return ask();
  }).catch((error) => {
    if (error.code !== "invalid_credentials") throw error;
    throw Object.assign(error, { errors: { password: [t("Email or password is wrong")] } });
  });
  begin(answer, isShared);
}

function Password(attributes) {
  const [shows, setShows] = useState(false);
  return html`<${Field} label=${t("Password")} name="password" ...${attributes}
      type=${shows ? "text" : "password"} />
    <${Check} label=${t("Show password")} checked=${shows} onChange=${({ target }) => setShows(target.checked)} />`;
}

/** A new password, and the same once more. */
export function NewPassword({ label = t("Password"), again = t("Password again"), errors }) {
  const { password_min_length: count } = useValue(config);
  return html`
    <${Password} label=${label} autocomplete="new-password" errors=${errors}
      hint=${tn("At least {count} character.", "At least {count} characters.", { count })} />
    <${Field} label=${again} name="password_confirmation" type="password"
      autocomplete="new-password" errors=${errors} />`;
}

export function SignIn() {
  const [isNew, setNew] = useState(false);
  const { registration } = useValue(config);
  return html`<div class="card">
    ${isNew ? html`<${CreateAccount} />` : html`<${EnterAccount} />`}
    ${registration && html`<p><button type="button" class="link" onClick=${() => setNew(!isNew)}>
      ${isNew ? t("Sign in with an account") : t("Create an account")}</button></p>`}
    <${DemoAccounts} />
  </div>`;
}

/** In development, the accounts to try it with. */
function DemoAccounts() {
  const { demo_accounts: accounts = [] } = useValue(config);
  return accounts.map(({ name, email, password }) => html`
    <${Form} key=${email} onSend=${() => logIn(email, password, false)}
        buttons=${html`<button>${t("Sign in as {name}", { name })}</button>`}>
      ${() => null}
    <//>`);
}

function EnterAccount() {
  const send = ({ email, password, shared }) => logIn(email, password, Boolean(shared));
  return html`<${Heading} title=${t("Sign in")} />
    <${Form} onSend=${send} buttons=${html`<button class="primary">${t("Sign in")}</button>`}>
      ${(errors) => html`
        <${Field} label=${t("Email")} name="email" type="email" autocomplete="username" errors=${errors} />
        <${Password} autocomplete="current-password" errors=${errors} />
        <${Check} name="shared" label=${t("This is a shared computer")} />`}
    <//>
    ${useValue(config).mail && html`<p><a href="/console/forgot">${t("Forgot your password?")}</a></p>`}`;
}

function CreateAccount() {
  const send = async ({ shared, ...body }) => {
    begin(await call("POST", "/register", { body }), Boolean(shared));
    if (config.get().mail) toast(t("A link is mailed to {email}. Open it to confirm your address.", body));
  };
  return html`<${Heading} title=${t("Create an account")} />
    <${Form} onSend=${send} buttons=${html`<button class="primary">${t("Create an account")}</button>`}>
      ${(errors) => html`
        <${Field} label=${t("Name")} name="name" autocomplete="name" errors=${errors} />
        <${Field} label=${t("Email")} name="email" type="email" autocomplete="username" errors=${errors} />
        <${NewPassword} errors=${errors} />
        <${Check} name="shared" label=${t("This is a shared computer")} />`}
    <//>`;
}

/** The session has ended while the page is in use: drafts and what is being sent stay. */
export function SignInAgain() {
  const { user, isShared } = session.get();
  const send = ({ password }) => logIn(user.email, password, isShared);
  return html`<${Dialog} title=${t("Your session has ended")}>
    <p>${t("Sign in again to go on. What you wrote is still here.")}</p>
    <${Form} onSend=${send} buttons=${html`<button class="primary">${t("Sign in")}</button>`}>
      ${(errors) => html`
        <${Field} label=${t("Email")} name="email" defaultValue=${user.email} readonly autocomplete="username" />
        <${Password} autocomplete="current-password" autofocus errors=${errors} />`}
    <//>
    <${SignOut} />
  <//>`;
}

/** What is lost by signing out, in words. */
export const unsentWords = () => tn("{count} message has not been sent yet.",
  "{count} messages have not been sent yet.", { count: countUnsent() });

/** A button that signs out, but asks before something is lost. */
export function SignOut() {
  const [asks, setAsks] = useState(false);
  return html`<button type="button" onClick=${() => (countUnsent() ? setAsks(true) : signOut())}>
      ${t("Sign out")}</button>
    ${asks && html`<${FormDialog} title=${unsentWords()} button=${t("Sign out")} onSend=${signOut}
      onClose=${() => setAsks(false)}>
      <p>${t("What has not been sent is lost when you sign out of a shared computer.")}</p><//>`}`;
}
