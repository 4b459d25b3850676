// One change to several tickets, and what became of each.
import { useState } from "preact/hooks";
import { call } from "../api.js";
import { announce, Form, FormDialog, html, Select } from "../ui.js";
import { list, PRIORITY, STATUS, t, tn } from "../words.js";
import { named, useAdmins, useCategories } from "./filters.js";

const CONFIRMED_ABOVE = 10;
const MOST = 100;                          // tickets that one call changes

const IDS = ["assigned_to", "category_id"];

const valueOf = (name, value) => (IDS.includes(name) ? Number(value) || null : value);

export function Bulk({ ids, user, onClose, onDone }) {
  const [asked, setAsked] = useState(null);
  const [result, setResult] = useState([]);
  const admins = useAdmins();
  const categories = useCategories();
  const apply = async (changes) => {
    let rows = [];
    for (let at = 0; at < ids.length; at += MOST) {
      const body = { ids: ids.slice(at, at + MOST), changes };
      rows = [...rows, ...(await call("PATCH", "/tickets", { body })).data];
      setResult(rows);
    }
    announce(changedWords(rows));
    await onDone();
  };
  const send = async (fields) => {
    const given = Object.entries(fields).filter(([, value]) => value);
    const changes = Object.fromEntries(given.map(([name, value]) => [name, valueOf(name, value)]));
    if (ids.length > CONFIRMED_ABOVE && given.length) setAsked(changes);
    else await apply(changes);
  };
  const keep = ["", t("as it is")];
  return html`<div class="bulk">
    <${Form} onSend=${send} aria-label=${t("Change the selected tickets")} buttons=${html`
      <button class="primary">${t("Apply")}</button>
      <button type="button" onClick=${onClose}>${t("Select none")}</button>`}>
      ${(errors) => html`<b>${tn("{count} selected", "{count} selected", { count: ids.length })}</b>
        <${Select} label=${t("Assignee")} name="assigned_to" errors=${errors}
          options=${[keep, ["none", t("nobody")], ...named([user, ...(admins.data?.data ?? [])])]} />
        <${Select} label=${t("Status")} name="status" errors=${errors}
          options=${[keep, ...Object.entries(STATUS())]} />
        <${Select} label=${t("Priority")} name="priority" errors=${errors}
          options=${[keep, ...Object.entries(PRIORITY())]} />
        <${Select} label=${t("Category")} name="category_id" errors=${errors}
          options=${[keep, ...named(categories.data?.data)]} />`}
    <//>
    ${result.length > 0 && html`<div><p>${changedWords(result)}</p>
      ${refusals(result).map(({ id, error }) =>
        html`<p class="error" key=${id}>#${id}: ${error.message}</p>`)}</div>`}
    ${asked && html`<${FormDialog} button=${t("Apply")} onSend=${() => apply(asked)}
      title=${tn("Change {count} ticket?", "Change {count} tickets?", { count: ids.length })}
      onClose=${() => setAsked(null)} />`}
  </div>`;
}

const refusals = (rows) => rows.filter(({ ok }) => !ok);

function changedWords(rows) {
  const refused = refusals(rows).length;
  const changed = tn("{count} changed", "{count} changed", { count: rows.length - refused });
  const more = refused ? [tn("{count} refused", "{count} refused", { count: refused })] : [];
  return list([changed, ...more]);
}
