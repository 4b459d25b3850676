// What an agent sees and sets beside a ticket's timeline.
import { useRef, useState } from "preact/hooks";
import { call, query, useLoaded } from "../api.js";
import { navigate } from "../address.js";
import { useKeys } from "../keys.js";
import { announce, Confirm, Dialog, Failed, Field, Form, html, Loaded, Select } from "../ui.js";
import { PRIORITY, STATUS, t } from "../words.js";
import { scoreWords } from "./rating.js";

export function Panel({ ticket, user, admins, save, patch, reload, leave }) {
  const categories = useLoaded("/categories?limit=100");
  const [asks, setAsks] = useState(null);
  const close = () => setAsks(null);
  const set = (field) => async ({ target: { value } }) => {
    if (await patch({ [field]: value })) announce(t("Saved."));
  };
  const setId = (field) => ({ target: { value } }) =>
    set(field)({ target: { value: value ? Number(value) : null } });
  const panel = useRef();
  const focus = (name) => {
    panel.current.open = true;
    panel.current.querySelector(`[name=${name}]`).focus();
  };
  const erase = async () => {
    await call("DELETE", `/tickets/${ticket.id}`);
    if (leave) leave();
    else navigate("");
  };
  useKeys({ s: [t("Status"), () => focus("status")], p: [t("Priority"), () => focus("priority")] });
  const colleagues = named([user, ticket.assignee, ...admins]);
  const isWide = matchMedia(leave ? "(width >= 80rem)" : "(width >= 64rem)").matches;  // as in the CSS
  return html`<details class="panel" ref=${panel} open=${isWide}>
    <summary>${t("Details")}</summary>
    <${Select} label=${t("Status")} name="status" options=${STATUS()} value=${ticket.status} onChange=${set("status")} />
    <${Select} label=${t("Priority")} name="priority" options=${PRIORITY()} value=${ticket.priority} onChange=${set("priority")} />
    <${Select} label=${t("Assignee")} name="assigned_to" value=${ticket.assigned_to ?? ""}
      options=${[["", t("nobody")], ...colleagues]} onChange=${setId("assigned_to")} />
    <${Select} label=${t("Category")} name="category_id" value=${ticket.category_id}
      options=${named([ticket.category, ...(categories.data?.data ?? [])])} onChange=${setId("category_id")} />
    <${Tags} ticket=${ticket} reload=${reload} />
    ${ticket.rating && html`<p>${t("Rating: {score}", { score: scoreWords(ticket.rating.score) })}
      ${ticket.rating.comment && html`<br />${ticket.rating.comment}`}</p>`}
    <h2>${ticket.user.name}</h2>
    <${Others} ticket=${ticket} />
    <div class="buttons">
      <button type="button" onClick=${() => setAsks("edit")}>${t("Edit")}</button>
      <button type="button" onClick=${() => setAsks("delete")}>${t("Delete")}</button>
    </div>
    ${asks === "edit" && html`<${Edit} ticket=${ticket} save=${save} onClose=${close} />`}
    ${asks === "delete" && html`<${Confirm} title=${t("Delete this ticket for everyone?")} yes=${t("Delete")} onClose=${close}
      onYes=${erase}><p>${ticket.subject}</p><//>`}
  </details>`;
}

/** Pairs of id and name, each once. */
const named = (all) => [...new Map(all.filter(Boolean).map(({ id, name }) => [id, name]))];

function Edit({ ticket, save, onClose }) {
  const send = async (changes) => {
    await save(changes);
    onClose();
  };
  return html`<${Dialog} title=${t("Edit")} onClose=${onClose}>
    <${Form} onSend=${send} buttons=${html`<button class="primary">${t("Save")}</button>`}>
      ${(errors) => html`
        <${Field} label=${t("Subject")} name="subject" dir="auto" errors=${errors} maxlength="255" defaultValue=${ticket.subject} />
        <${Field} label=${t("Description")} name="description" errors=${errors}>
          ${(tied) => html`<textarea ...${tied} rows="8" maxlength="20000" defaultValue=${ticket.description} />`}<//>`}
    <//>
  <//>`;
}

function Tags({ ticket, reload }) {
  const known = useLoaded("/tags");
  const [error, setError] = useState(null);
  const block = useRef();
  const put = async (next) => {
    setError(null);
    await call("PUT", `/tickets/${ticket.id}/tags`, { body: { tags: next } });
    await reload();
  };
  const add = async ({ tags: tag }, form) => {
    if (tag.trim()) await put([...ticket.tags, tag]);
    form.reset();
  };
  const remove = async (tag) => {
    await put(ticket.tags.filter((other) => other !== tag)).catch(setError);
    block.current.querySelector("[name=tags]").focus();  // the button is gone
  };
  return html`<div class="tags" ref=${block}>
    <b>${t("Tags")}</b>
    <ul>${ticket.tags.map((tag) => html`<li key=${tag}>${tag}${" "}<button type="button"
      aria-label=${t("Remove {tag}", { tag })} onClick=${() => remove(tag)}>✕</button></li>`)}</ul>
    ${error && html`<${Failed} error=${error} />`}
    <${Form} onSend=${add} buttons=${html`<button>${t("Add")}</button>`}>
      ${(errors) => html`<${Field} label=${t("New tag")} name="tags" list="known-tags" maxlength="40" errors=${errors} />
        <datalist id="known-tags">${known.data?.data.map(({ name }) => html`<option key=${name} value=${name} />`)}</datalist>`}
    <//>
  </div>`;
}

/** The customer's other tickets. */
function Others({ ticket }) {
  const loaded = useLoaded(`/tickets${query({ user_id: ticket.user_id, limit: 6 })}`);
  return html`<${Loaded} from=${loaded}>${({ data }) => {
    const others = data.filter(({ id }) => id !== ticket.id).slice(0, 5);
    return html`<ul class="plain">${others.map(({ id, subject, status }) => html`
      <li key=${id}><a href="/console/tickets/${id}">${subject}</a> <span class="quiet">${STATUS()[status]}</span></li>`)}
    </ul>${!others.length && html`<p class="quiet">${t("No other tickets")}</p>`}`;
  }}<//>`;
}
