// A customer's new ticket.
import { useEffect, useState } from "preact/hooks";
import { call, config, newId, query, useLoaded } from "../api.js";
import { navigate } from "../address.js";
import { useDraft } from "../drafts.js";
import { announce, Field, Form, Heading, html, Loaded, Select, size } from "../ui.js";
import { useValue } from "../values.js";
import { PRIORITY, t, tn } from "../words.js";

const RADIOS = 7;                          // more categories than that are a select
const SUBJECT_LENGTH = 255;
const COUNTED_FROM = 200;
const LOOK_AFTER_MS = 500;

export function NewTicket({ query: { category_id: category, about } }) {
  const categories = useLoaded("/categories?limit=100");
  const [subject, setSubject] = useDraft("new", "subject");
  const [description, setDescription] = useDraft("new", "description");
  const [key, setKey] = useDraft("new", "key");  // a reload and a second sending are one ticket
  useEffect(() => { if (!key) setKey(newId()); }, [key]);
  const send = async ({ file, ...fields }, form) => {
    const body = new FormData(form);
    body.delete("file");
    if (file.size) body.set("attachment", file);
    const text = about ? `${description}\n\n#${about}` : description;
    body.set("description", text);
    check(file);
    const ticket = await call("POST", "/tickets", { body, headers: { "Idempotency-Key": key } });
    for (const clear of [setSubject, setDescription, setKey]) clear("");
    navigate(`tickets/${ticket.id}`);
    announce(t("We have your request #{id}.", { id: String(ticket.id) }));
  };
  return html`<${Heading} title=${t("New request")} />
    <${Loaded} from=${categories}>${({ data }) => html`
      <${Form} onSend=${send} buttons=${html`<button class="primary">${t("Send request")}</button>`}>
        ${(errors) => html`
          <${Category} categories=${data} chosen=${category} errors=${errors} />
          <${Field} label=${t("Subject")} name="subject" errors=${errors} maxlength=${SUBJECT_LENGTH} dir="auto"
            value=${subject} onInput=${({ target }) => setSubject(target.value)}
            hint=${subject.length > COUNTED_FROM && tn("{count} character left", "{count} characters left",
              { count: SUBJECT_LENGTH - subject.length })} />
          <${Similar} subject=${subject} />
          <${Field} label=${t("Description")} name="description" errors=${errors}>
            ${(tied) => html`<textarea ...${tied} rows="8" maxlength="20000" dir="auto" value=${description}
              onInput=${({ target }) => setDescription(target.value)} />`}<//>
          <${Select} label=${t("Priority")} name="priority" options=${PRIORITY()} value="medium" errors=${errors} />
          <${File} errors=${{ file: errors.attachment ?? errors.file }} />`}
      <//>`}
    <//>`;
}

/** Say what is wrong with a file before it is sent. */
function check(file) {
  const { max_bytes: most } = config.get().attachment;
  if (file.size <= most) return;
  const text = t("This file has {size}; at most {most} are accepted.", { size: size(file.size), most: size(most) });
  throw Object.assign(new Error(text), { errors: { file: [text] } });
}

function Category({ categories, chosen, errors }) {
  const label = t("Category");
  if (categories.length > RADIOS) {
    const options = Object.fromEntries(categories.map(({ id, name }) => [id, name]));
    return html`<${Select} label=${label} name="category_id" options=${{ "": "–", ...options }} value=${chosen} errors=${errors} />`;
  }
  return html`<fieldset class="field"><legend>${label}</legend>
    ${categories.map(({ id, name, description }) => html`<label class="check" key=${id}>
      <input type="radio" name="category_id" value=${id} defaultChecked=${String(id) === chosen}
        aria-invalid=${errors.category_id ? "true" : undefined} />
      <span>${name}${description && html`<span class="hint"> – ${description}</span>`}</span></label>`)}
    ${errors.category_id && html`<p class="error">${errors.category_id.join(" ")}</p>`}
  </fieldset>`;
}

function File({ errors }) {
  const { max_bytes: most } = useValue(config).attachment;
  const drop = (event) => {
    event.preventDefault();
    event.currentTarget.querySelector("input").files = event.dataTransfer.files;
  };
  return html`<div onDragOver=${(event) => event.preventDefault()} onDrop=${drop}>
    <${Field} label=${t("Attachment")} name="file" type="file" errors=${errors}
      hint=${t("One file of at most {size}: a picture, PDF, video, office document, text or archive.", { size: size(most) })} />
  </div>`;
}

/** Open tickets of one's own that may be about the same. */
function Similar({ subject }) {
  const [q, setQ] = useState("");
  useEffect(() => {
    const words = subject.match(/[\p{L}\p{N}]{4,}/gu) ?? [];
    const later = setTimeout(() => setQ(words.slice(0, 2).join(" ")), LOOK_AFTER_MS);
    return () => clearTimeout(later);
  }, [subject]);
  const { data } = useLoaded(q && `/tickets${query({ q, status: "open,in_progress", limit: 3 })}`);
  if (!q || !data?.data.length) return null;
  return html`<div role="status"><p>${t("Is it one of these?")}</p>
    <ul class="plain">${data.data.map(({ id, subject: other }) => html`
      <li key=${id}><a href="/console/tickets/${id}">${other}</a></li>`)}</ul></div>`;
}
