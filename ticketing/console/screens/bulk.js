// One change to several tickets, and what became of each.
import { useState } from "preact/hooks";
import { call, useLoaded } from "../api.js";
import { Confirm, Form, html, Select } from "../ui.js";
import { PRIORITY, STATUS, t, tn } from "../words.js";

const CONFIRMED_ABOVE = 10;

export function Bulk({ ids, user, onClose, onDone }) {
  const [asked, setAsked] = useState(null);
  const [result, setResult] = useState(null);
  const admins = useLoaded("/users?role=admin&active=true&limit=100");
  const categories = useLoaded("/categories?limit=100");
  const names = ({ data }) => Object.fromEntries((data?.data ?? []).map(({ id, name }) => [id, name]));
  const apply = async (changes) => {
    const { data } = await call("PATCH", "/tickets", { body: { ids, changes } });
    setResult(data);
    await onDone();
  };
  const send = async (fields) => {
    const given = Object.entries(fields).filter(([, value]) => value);
    const numeric = (name, value) => (name.endsWith("_id") || name === "assigned_to" ? Number(value) || null : value);
    const changes = Object.fromEntries(given.map(([name, value]) => [name, numeric(name, value)]));
    if (ids.length > CONFIRMED_ABOVE) setAsked(changes);
    else await apply(changes);
  };
  const keep = { "": t("as it is") };
  return html`<${Form} class="bulk" onSend=${send} buttons=${html`
      <button class="primary">${t("Apply")}</button>
      <button type="button" onClick=${onClose}>${t("Select none")}</button>`}>
    ${(errors) => html`<b>${tn("{count} selected", "{count} selected", { count: ids.length })}</b>
      <${Select} label=${t("Assignee")} name="assigned_to" errors=${errors}
        options=${{ ...keep, none: t("nobody"), [user.id]: user.name, ...names(admins) }} />
      <${Select} label=${t("Status")} name="status" options=${{ ...keep, ...STATUS() }} errors=${errors} />
      <${Select} label=${t("Priority")} name="priority" options=${{ ...keep, ...PRIORITY() }} errors=${errors} />
      <${Select} label=${t("Category")} name="category_id" options=${{ ...keep, ...names(categories) }} errors=${errors} />
      ${result && html`<${Result} rows=${result} />`}
      ${asked && html`<${Confirm} title=${tn("Change {count} ticket?", "Change {count} tickets?", { count: ids.length })}
        yes=${t("Apply")} onYes=${() => apply(asked)} onClose=${() => setAsked(null)} />`}`}
  <//>`;
}

function Result({ rows }) {
  const refused = rows.filter(({ ok }) => !ok);
  const changed = rows.length - refused.length;
  return html`<div role="status"><p>${tn("{count} changed", "{count} changed", { count: changed })}</p>
    ${refused.map(({ id, error }) => html`<p class="error" key=${id}>#${id}: ${error.message}</p>`)}</div>`;
}
