// A customer's new ticket.
import { useEffect, useRef, useState } from "preact/hooks";
import { call, config, newId, query } from "../api.js";
import { navigate } from "../address.js";
import { useDraft } from "../drafts.js";
import { useAll, useLoaded } from "../loading.js";
import { announce, Field, Form, Heading, html, Loaded, Radios, Select, toast } from "../ui.js";
import { useValue } from "../values.js";
import { OTHER_KIND, wrongWith } from "../uploads.js";
import { PRIORITY, size, t, tn } from "../words.js";
import { useReceived } from "./attaching.js";

const RADIOS = 7;                          // more categories than that are a select
const SUBJECT_LENGTH = 255;
const COUNTED_FROM = 200;
const LOOK_AFTER_MS = 500;
const NO_ROOM = [413, 507];                // for the file

/** The draft of a request: its fields, and the key by which it is sent once, after a reload too. */
function useRequest({ category_id, about, subject }) {
  const [stored, store] = useDraft(about ? `new-${about}` : "new", "request");
  const link = about && `${t("About an earlier request:")} ${location.origin}/console/tickets/${about}\n\n`;
  const fields = stored ? JSON.parse(stored)
    : { category_id, subject: subject ?? "", description: link ?? "", priority: "medium" };
  const key = useRef(newId()).current;     // until there is a draft, which keeps it
  const change = (changes) => store(JSON.stringify({ key, ...fields, ...changes }));
  const set = ({ target: { name, value } }) => change({ [name]: value });
  return { fields: { key, ...fields }, set, change, clear: () => store("") };
}

export function NewTicket({ query: given }) {
  const categories = useAll("/categories");
  const { fields, set, change, clear } = useRequest(given);
  const [sending, setSending] = useState(null);        // { stop, share }, while a file is sent
  const { subject, description, priority } = fields;
  const post = async (file) => {
    const { key, ...body } = fields;
    const form = new FormData();
    for (const [name, value] of Object.entries(body)) if (value) form.set(name, value);
    const stop = new AbortController();
    const onProgress = file.name && ((share) => setSending({ stop, share }));
    if (file.name) form.set("attachment", file);
    if (file.name) onProgress(0);
    const options = { body: form, headers: { "Idempotency-Key": key }, signal: stop.signal, onProgress };
    return call("POST", "/tickets", options).catch((error) => { throw explained(error, change); })
      .finally(() => setSending(null));
  };
  const send = async ({ file }) => {
    check(file);
    const ticket = await post(file);
    clear();
    navigate(`tickets/${ticket.id}`);
    announce(t("We have your request #{id}.", { id: String(ticket.id) }));
  };
  const buttons = html`<button class="primary">${t("Send request")}</button>
    ${sending && html`<progress value=${sending.share} aria-hidden="true" /><span role="status">${t("Sending…")}</span>
      <button type="button" onClick=${() => sending.stop.abort()}>${t("Cancel")}</button>`}`;
  return html`<${Heading} title=${t("New request")} />
    <${Loaded} from=${categories}>${({ data }) => html`
      <${Form} onSend=${send} buttons=${buttons}>
        ${(errors) => html`
          <${Category} categories=${data} chosen=${fields.category_id} onChange=${set} errors=${errors} />
          <${Field} label=${t("Subject")} name="subject" errors=${errors} maxlength=${SUBJECT_LENGTH} dir="auto"
            value=${subject} onInput=${set}
            hint=${subject.length > COUNTED_FROM && tn("{count} character left", "{count} characters left",
              { count: SUBJECT_LENGTH - subject.length })} />
          <${Similar} subject=${subject} />
          <${Field} label=${t("Description")} name="description" as="textarea" rows="8" maxlength="20000"
            dir="auto" value=${description} onInput=${set} errors=${errors} />
          <${Select} label=${t("Priority")} name="priority" options=${PRIORITY()} value=${priority} onChange=${set}
            errors=${errors} />
          <${File} errors=${errors} />`}
      <//>`}
    <//>`;
}

/** Say what is wrong with a file before it is sent. */
function check(file) {
  const text = file.name && wrongWith(file);
  if (text) throw Object.assign(new Error(text), { errors: { file: [text] } });
}

/** What was refused, at the field that it is about. */
function explained(error, change) {
  if (error.name === "AbortError") return new Error(t("Not sent."));
  if (error.code === "idempotency_conflict") {
    change({ key: newId() });
    return new Error(t("This was sent before, with other words: look at your requests. Send it again to open another one."));
  }
  if (error.code === "offline") {
    return new Error(t("Not sent: the service cannot be reached. What you wrote is kept here; send it again."));
  }
  const { attachment, ...others } = error.errors;
  const found = attachment ? [OTHER_KIND()] : NO_ROOM.includes(error.status) && [error.message];
  return found ? Object.assign(error, { errors: { ...others, file: found } }) : error;
}

function Category({ categories, chosen, onChange, errors }) {
  const field = { name: "category_id", label: t("Category"), errors };
  if (categories.length > RADIOS) {
    const options = [["", "–"], ...categories.map(({ id, name }) => [id, name])];
    return html`<${Select} ...${field} options=${options} value=${chosen ?? ""} onChange=${onChange} />`;
  }
  const options = categories.map(({ id, name, description }) =>
    [id, html`${name}${description && html`<span class="hint"> – ${description}</span>`}`]);
  return html`<${Radios} ...${field} class="field" options=${options} chosen=${chosen} onChange=${onChange} />`;
}

/** A file: chosen, dropped, or pasted. */
function File({ errors }) {
  const { max_bytes: most } = useValue(config).attachment;
  const field = useRef();
  const hint = t("One file of at most {size}: a picture, PDF, video, office document, text or archive.", { size: size(most) });
  useReceived((files) => { if (files.length > 1) toast(hint); else field.current.querySelector("input").files = files; });
  return html`<div ref=${field}>
    <${Field} label=${t("Attachment")} name="file" type="file" errors=${errors} hint=${hint} /></div>`;
}

/** Open tickets of one's own that may be about the same. */
function Similar({ subject }) {
  const [q, setQ] = useState("");
  useEffect(() => {
    const words = subject.match(/[\p{L}\p{N}]{4,}/gu) ?? [];
    const later = setTimeout(() => setQ(words.sort((one, other) => other.length - one.length).slice(0, 2).join(" ")), LOOK_AFTER_MS);
    return () => clearTimeout(later);
  }, [subject]);
  const { data } = useLoaded(q && `/tickets${query({ q, status: "open,in_progress", limit: 3 })}`);
  return html`<div role="status">${q && data?.data.length > 0 && html`<p>${t("Is it one of these?")}</p>
    <ul class="plain">${data.data.map(({ id, subject: other }) => html`
      <li key=${id}><a href="/console/tickets/${id}">${other}</a></li>`)}</ul>`}</div>`;
}
