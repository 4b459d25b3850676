// What an agent sees and sets beside a ticket's timeline.
import { useEffect, useRef, useState } from "preact/hooks";
import { call, query } from "../api.js";
import { navigate } from "../address.js";
import { useKeys } from "../keys.js";
import { useLoaded } from "../loading.js";
import { announce, Failed, Field, Form, FormDialog, html, Loaded, Select } from "../ui.js";
import { PRIORITY, STATUS, t } from "../words.js";
import { named, useCategories } from "./filters.js";
import { Level } from "./levels.js";
import { scoreWords } from "./rating.js";

export function Panel({ ticket, user, admins, save, patch, etag, reload, leave }) {
  const categories = useCategories();
  const [asks, setAsks] = useState(null);
  const close = () => setAsks(null);
  const set = (field, valueOf = String) => async ({ target: { value } }) => {
    if (await patch({ [field]: valueOf(value) })) announce(t("Saved."));
  };
  const idOf = (value) => Number(value) || null;
  // Arrows would change a closed select, and tell the customer, at each step: they open it.
  const open = (event) => {
    if (!["ArrowUp", "ArrowDown"].includes(event.key) || event.target.tagName !== "SELECT") return;
    if (!event.target.showPicker) return;  // Safari, where arrows open it
    event.preventDefault();
    event.target.showPicker();
  };
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
  return html`<details class="panel" ref=${panel} open=${isWide} onKeyDown=${open}>
    <summary>${t("Details")}</summary>
    <${Select} label=${t("Status")} name="status" options=${STATUS()} value=${ticket.status} onChange=${set("status")} />
    <${Select} label=${t("Priority")} name="priority" options=${PRIORITY()} value=${ticket.priority} onChange=${set("priority")} />
    <${Select} label=${t("Assignee")} name="assigned_to" value=${ticket.assigned_to ?? ""}
      options=${[["", t("nobody")], ...colleagues]} onChange=${set("assigned_to", idOf)} />
    <${Select} label=${t("Category")} name="category_id" value=${ticket.category_id}
      options=${named([ticket.category, ...(categories.data?.data ?? [])])} onChange=${set("category_id", idOf)} />
    <${Tags} ticket=${ticket} reload=${reload} />
    ${ticket.sla && html`<${Level} ticket=${ticket} />`}
    ${ticket.rating && html`<p>${t("Rating: {score}", { score: scoreWords(ticket.rating.score) })}
      ${ticket.rating.comment && html`<br />${ticket.rating.comment}`}</p>`}
    <div class="buttons">
      <button type="button" onClick=${() => setAsks("edit")}>${t("Edit")}</button>
      <button type="button" onClick=${() => setAsks("delete")}>${t("Delete")}</button>
    </div>
    <h2>${ticket.user.name}</h2>
    <${Others} ticket=${ticket} />
    ${asks === "edit" && html`<${Edit} ticket=${ticket} save=${save} etag=${etag} onClose=${close} />`}
    ${asks === "delete" && html`<${FormDialog} title=${t("Delete this ticket for everyone?")} button=${t("Delete")} onClose=${close}
      onSend=${erase}><p>${ticket.subject}</p><//>`}
  </details>`;
}

function Edit({ ticket, save, etag, onClose }) {
  const [opened] = useState({ ticket, etag: etag.current });   // what others do since is not undone
  const send = async (values) => {
    const changed = Object.entries(values).filter(([name, text]) => text !== opened.ticket[name]);
    if (changed.length) await save(Object.fromEntries(changed), opened.etag);
  };
  return html`<${FormDialog} title=${t("Edit")} onSend=${send} onClose=${onClose}>
    ${(errors) => html`
      <${Field} label=${t("Subject")} name="subject" dir="auto" errors=${errors} maxlength="255" defaultValue=${ticket.subject} />
      <${Field} label=${t("Description")} name="description" as="textarea" rows="8" maxlength="20000"
        defaultValue=${ticket.description} errors=${errors} />`}
  <//>`;
}

function Tags({ ticket, reload }) {
  const known = useLoaded("/tags");
  const [error, setError] = useState(null);
  const tags = useRef();
  useEffect(() => { tags.current = ticket.tags; }, [ticket.tags]);
  const last = useRef(Promise.resolve());
  // One after another: each changes what the one before has left.
  const put = (change) => {
    setError(null);
    const next = last.current.then(async () => {
      const body = { tags: change(tags.current) };
      tags.current = (await call("PUT", `/tickets/${ticket.id}/tags`, { body })).tags;
      await reload();
    });
    last.current = next.catch(() => {});
    return next;
  };
  const add = async ({ tags: tag }, form) => {
    if (tag.trim()) await put((old) => [...old, tag]);
    form.reset();
  };
  const remove = (tag) => put((old) => old.filter((other) => other !== tag)).catch(setError);
  return html`<div class="tags" tabindex="-1">
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
  return html`<${Loaded} from=${loaded}>${({ data, next }) => {
    const others = data.filter(({ id }) => id !== ticket.id).slice(0, 5);
    return html`<ul class="plain">${others.map(({ id, subject, status }) => html`
      <li key=${id}><a href="/console/tickets/${id}">${subject}</a> <span class="quiet">${STATUS()[status]}</span></li>`)}
    </ul>${!others.length && html`<p class="quiet">${t("No other tickets")}</p>`}
    ${next && html`<a href="/console/queue/all?user_id=${ticket.user_id}">${t("All tickets")}</a>`}`;
  }}<//>`;
}
