// Users: who they are, their role, whether they are active.
import { useState } from "preact/hooks";
import { call, query as queryOf, session, setUser, signOut } from "../api.js";
import { useLoaded, usePages } from "../loading.js";
import { announce, Field, FormDialog, Heading, html, Loaded, Select } from "../ui.js";
import { Criteria, List } from "../tables.js";
import { Invitation } from "./invitation.js";
import { personName, ROLE, t, tn } from "../words.js";

const UNCLOSED = "open,in_progress,resolved";

export function Users({ query: { q, role, active } }) {
  const users = usePages(`/users${queryOf({ q, role, active })}`);
  const [invited, setInvited] = useState(); // a user, or {} for another one
  const [change, setChange] = useState();    // what <Change> needs, while one is asked
  const columns = [
    [t("Name"), personName], [t("Email"), (user) => html`${user.email}
      ${user.email_confirmed === false && html` <span class="quiet">${t("(not confirmed)")}</span>`}`],
    [t("Role"), ({ role }) => html`<span class="whole">${ROLE()[role]}</span>`],
    [t("Active"), (user) => (user.active ? t("Yes") : t("No"))],
    [t("Actions"), (user) => html`<${Changes} user=${user} onChoose=${setChange}
      onInvite=${setInvited} />`],
  ];
  return html`<div class="title"><${Heading} title=${t("Users")} />
      <button type="button" class="primary" onClick=${() => setInvited({})}>
        ${t("Invite")}</button></div>
    <${Criteria} given=${{ q, role, active }}>${(given) => html`
      <${Field} label=${t("Name or email")} name="q" type="search" value=${given.q ?? ""}
        maxlength="255" />
      <${Select} label=${t("Role")} name="role" value=${given.role ?? ""}
        options=${{ "": t("Any"), ...ROLE() }} />
      <${Select} label=${t("Active")} name="active" value=${given.active ?? ""}
        options=${{ "": t("Any"), true: t("Yes"), false: t("No") }} />`}<//>
    <${List} from=${users} columns=${columns}
      empty=${t("Nobody is found. Search for less, or for any role.")} />
    ${invited && html`<${Invitation} user=${invited} onInvite=${users.reload}
      onClose=${() => setInvited()} />`}
    ${change && html`<${Change} ...${change} onChange=${users.reload}
      onClose=${() => setChange()} />`}`;
}

function Changes({ user, onChoose, onInvite }) {
  const { id, name, role, active } = user;
  const isOneself = id === session.get().user.id;
  // Who has not confirmed an address, or is away, has signed in: with a password.
  const mayLackPassword = active && user.available && user.email_confirmed && !isOneself;
  const button = (words, title, means, changes) => html`<button type="button"
    aria-label="${words}: ${name}"
    onClick=${() => onChoose({ user, changes, title, means, yes: words })}>${words}</button>`;
  return html`<div class="buttons">
    ${role === "admin"
      ? button(t("Make customer"), t("Make {name} a customer?", { name }),
        [t("Customers see their own tickets only.")], { role: "customer" })
      : button(t("Make admin"), t("Make {name} an admin?", { name }),
        [t("Admins see all tickets and may change everything.")], { role: "admin" })}
    ${active
      ? button(t("Deactivate"), t("Deactivate {name}?", { name }),
        [t("{name} is signed out at once and cannot sign in any more.", { name })], { active: false })
      : button(t("Activate"), t("Activate {name}?", { name }),
        [t("{name} can sign in again.", { name })], { active: true })}
    ${mayLackPassword && html`<button type="button" aria-label="${t("Invite again")}: ${name}"
      onClick=${() => onInvite(user)}>${t("Invite again")}</button>`}
    ${!isOneself && button(t("Delete"), t("Delete {name} for good?", { name }), [
      t("The account is closed at once and for good. Deactivate it instead if it may be needed again."),
      t("What goes: the name, the email, and all texts and files of {name} in their own tickets.", { name }),
      t("What stays: these tickets with their times and scores and, without the name, what {name} wrote in tickets of others.", { name }),
    ])}</div>`;
}

/** Say what a change means, before it is made; without `changes`, the user is deleted. */
function Change({ user: { id, name, role }, changes, title, means, yes, onChange, onClose }) {
  const loses = role === "admin" && changes?.role !== "admin" && !changes?.active;
  const theirs = queryOf({ assigned_to: id, status: UNCLOSED, limit: 100 });
  const assigned = useLoaded(loses ? `/tickets${theirs}` : null);
  const save = async () => {
    const user = await call(changes ? "PATCH" : "DELETE", `/users/${id}`, { body: changes });
    announce(changes ? t("Saved.") : t("Deleted."));
    if (id !== session.get().user.id) return onChange();
    return user.active ? setUser({ ...session.get().user, ...user }) : signOut();
  };
  const count = assigned.data?.data.length;
  return html`<${FormDialog} title=${title} button=${yes} onSend=${save} onClose=${onClose}>
    ${means.map((words) => html`<p key=${words}>${words}</p>`)}
    ${loses && html`<${Loaded} from=${assigned}>${({ next }) => html`<p>${
      next ? t("More than {count} tickets of {name} become unassigned.", { count, name })
        : tn("{count} ticket of {name} becomes unassigned.",
          "{count} tickets of {name} become unassigned.", { count, name })
    }</p>`}<//>`}<//>`;
}
