// What narrows and orders a list. All of it is in the address, so it can be kept as a view.
import { useState } from "preact/hooks";
import { call, useLoaded } from "../api.js";
import { navigate, setQuery } from "../address.js";
import { Dialog, Field, Form, html, Select } from "../ui.js";
import { PRIORITY, STATUS, t } from "../words.js";

export const SORTS = () => ({
  "-created_at": t("Newest first"), created_at: t("Oldest first"),
  "-last_activity_at": t("Last activity first"), "-priority": t("Most urgent first"),
  waiting_since: t("Waiting longest first"),
});

const byId = ({ data }) => Object.fromEntries((data?.data ?? []).map(({ id, name }) => [id, name]));

/** What narrows a list: [[parameter, its label, words by value], …]. */
export function useGroups() {
  const categories = useLoaded("/categories?limit=100");
  const admins = useLoaded("/users?role=admin&active=true&limit=100");
  const tags = useLoaded("/tags?limit=100");
  return [
    ["status", t("Status"), STATUS()],
    ["priority", t("Priority"), PRIORITY()],
    ["waiting_on", t("Waiting for"), { support: t("Support"), customer: t("Customer") }],
    ["category_id", t("Category"), byId(categories)],
    ["assigned_to", t("Assignee"), { me: t("Me"), none: t("nobody"), ...byId(admins) }],
    ["tag", t("Tag"), Object.fromEntries((tags.data?.data ?? []).map(({ name }) => [name, name]))],
  ];
}

export function Filters({ view, query, user, views }) {
  const [isSaving, setSaving] = useState(false);
  const groups = useGroups();
  const effective = { ...view.query, ...query };
  const chosen = groups.flatMap(([name, label, words]) =>
    (query[name] ?? "").split(",").filter(Boolean).map((value) => [name, label, value, words[value] ?? value]));
  const toggle = (name, value) => {
    const before = (effective[name] ?? "").split(",").filter(Boolean);
    const isSingle = ["waiting_on", "assigned_to", "category_id"].includes(name);
    const without = before.filter((other) => other !== value);
    const added = without.length === before.length ? [...(isSingle ? [] : before), value] : without;
    setQuery({ [name]: added.join(",") });
  };
  return html`<div class="filters">
    <div class="buttons">
      <details><summary>${t("Filter")}</summary><div class="groups">
        ${groups.map(([name, label, words]) => html`<fieldset key=${name}><legend>${label}</legend>
          ${Object.entries(words).map(([value, shown]) => html`<label class="check" key=${value}>
            <input type="checkbox" checked=${(effective[name] ?? "").split(",").includes(value)}
              onChange=${() => toggle(name, value)} />${shown}</label>`)}
        </fieldset>`)}
      </div></details>
      ${!query.q && html`<${Select} label=${t("Order")} name="sort" options=${SORTS()}
        value=${effective.sort ?? "-created_at"} onChange=${({ target }) => setQuery({ sort: target.value })} />`}
      ${Object.keys(query).length > 0 && !query.q && html`<button type="button"
        onClick=${() => setSaving(true)}>${t("Save as view")}</button>`}
    </div>
    ${chosen.length > 0 && html`<ul class="chips">${chosen.map(([name, label, value, words]) => html`
      <li key=${name + value}><button type="button" onClick=${() => toggle(name, value)}
        aria-label=${t("Remove the filter {filter}", { filter: `${label}: ${words}` })}>${label}: ${words} ✕</button></li>`)}</ul>`}
    ${isSaving && html`<${SaveView} query=${effective} views=${views} onClose=${() => setSaving(false)} />`}
  </div>`;
}

function SaveView({ query, views, onClose }) {
  const save = async ({ name, shared }) => {
    const view = await call("POST", "/views", { body: { name, query, shared: Boolean(shared) } });
    await views.reload();
    onClose();
    navigate(`queue/${view.id}`);
  };
  return html`<${Dialog} title=${t("Save as view")} onClose=${onClose}>
    <${Form} onSend=${save} buttons=${html`<button class="primary">${t("Save")}</button>`}>
      ${(errors) => html`<${Field} label=${t("Name")} name="name" errors=${errors} maxlength="100" />
        <label class="check"><input type="checkbox" name="shared" />${t("For all agents")}</label>`}
    <//>
  <//>`;
}
