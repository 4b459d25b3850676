// What narrows and orders a list. All of it is in the address, so it can be kept as a view.
import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../api.js";
import { navigate, setQuery } from "../address.js";
import { useAll, useLoaded } from "../loading.js";
import { Check, Dialog, Failed, Field, Form, html, Select } from "../ui.js";
import { personName, PRIORITY, STATUS, t } from "../words.js";
import { hasLevels, LEVEL_STATES } from "./levels.js";

/** In the address: not narrowed, though the view is. */
export const ANY = "any";
const SEVERAL = ["status", "priority", "tag"];           // of these one may choose more than one

export const SORTS = (views) => ({
  "-created_at": t("Newest first"), created_at: t("Oldest first"),
  "-last_activity_at": t("Last activity first"), "-priority": t("Most urgent first"),
  waiting_since: t("Waiting longest first"), ...(hasLevels(views) && { due_at: t("Due first") }),
});

/** Pairs of id and name, each once, in their order; who is away has a sign. */
export const named = (all = []) => [...new Map(all.filter(Boolean).map((one) => [one.id, personName(one)]))];
export const useAdmins = (isNeeded = true) =>
  useAll(isNeeded ? "/users?role=admin&active=true" : null);
export const useCategories = (isNeeded = true) => useAll(isNeeded ? "/categories" : null);

/** What narrows a list: [[parameter, its label, pairs of value and words], …]. */
export function useGroups(views, isNeeded) {
  const categories = useCategories(isNeeded);
  const admins = useAdmins(isNeeded);
  const tags = useLoaded(isNeeded === false ? null : "/tags?limit=100");
  const groups = [
    ["status", t("Status"), Object.entries(STATUS())],
    ["priority", t("Priority"), Object.entries(PRIORITY())],
    ["waiting_on", t("Waiting for"), [["support", t("Support")], ["customer", t("Customer")]]],
    ["category_id", t("Category"), named(categories.data?.data)],
    ["assigned_to", t("Assignee"), [["me", t("Me")], ["none", t("nobody")], ...named(admins.data?.data)]],
    ["tag", t("Tag"), (tags.data?.data ?? []).map(({ name }) => [name, name])],
  ];
  if (hasLevels(views)) groups.push(["sla", t("Service level"), Object.entries(LEVEL_STATES())]);
  groups.error = [categories, admins, tags].find(({ error }) => error)?.error;
  return groups;
}

/** Whose tickets alone are shown, where a link says so: by their id. */
export const CUSTOMER = () => ["user_id", t("Customer"), []];

/** The words for one of some options. */
export const wordsFor = (options, value) =>
  options.find(([key]) => String(key) === value)?.[1] ?? value;

const split = (values) => (values ?? "").split(",").filter((value) => value && value !== ANY);
const isSame = (one, other) => split(one).sort().join() === split(other).sort().join();

export function Filters({ view, query, views }) {
  const [isSaving, setSaving] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const groups = useGroups(views, isOpen || Boolean(query.category_id || query.assigned_to));
  const effective = { ...view.query, ...query };
  const set = (name, value) =>
    setQuery({ [name]: isSame(value, view.query[name]) ? "" : value || ANY });
  const chosen = [...groups, CUSTOMER()].filter(([name]) => query[name]).flatMap(([name, label, words]) =>
    (split(query[name]).length ? split(query[name]) : [ANY]).map((value) =>
      [name, `${label}: ${value === ANY ? t("any") : wordsFor(words, value)}`, value]));
  const remove = (name, value) =>
    setQuery({ [name]: split(query[name]).filter((other) => other !== value).join(",") });
  const isChanged = Object.keys(query).length > 0 && query.q === undefined;
  return html`<div class="filters">
    <div class="buttons">
      <${Menu} isOpen=${isOpen} setOpen=${setOpen}>
        ${groups.error && html`<${Failed} error=${groups.error} />`}
        ${groups.map((group) => html`<${Group} key=${group[0]} group=${group}
          chosen=${effective[group[0]]} set=${set} />`)}
      <//>
      ${query.q === undefined && html`<${Select} label=${t("Order")} hidesLabel name="sort"
        options=${SORTS(views)} value=${effective.sort ?? "-created_at"}
        onChange=${({ target }) => setQuery({ sort: target.value })} />`}
      ${isChanged && html`<button type="button" onClick=${() => setSaving(true)}>
        ${t("Save as view")}</button>`}
    </div>
    ${chosen.length > 0 && html`<ul class="chips">${chosen.map(([name, words, value]) => html`
      <li key=${name + value}><button type="button" onClick=${() => remove(name, value)}
        aria-label=${t("Remove the filter {filter}", { filter: words })}>${words} ✕</button>
      </li>`)}</ul>`}
    ${isSaving && html`<${SaveView} view=${view} query=${effective} views=${views}
      onClose=${() => setSaving(false)} />`}
  </div>`;
}

/** A button, and below it what it shows until Escape or a click elsewhere. */
function Menu({ isOpen, setOpen, children }) {
  const box = useRef();
  useEffect(() => {
    const leave = ({ target }) => box.current.contains(target) || setOpen(false);
    addEventListener("pointerdown", leave);
    return () => removeEventListener("pointerdown", leave);
  }, []);
  const press = (event) => {
    if (event.key !== "Escape" || !isOpen) return;
    event.stopPropagation();
    setOpen(false);
    box.current.querySelector("button").focus();
  };
  return html`<div class="menu" ref=${box} onKeyDown=${press}>
    <button type="button" aria-expanded=${isOpen ? "true" : "false"}
      onClick=${() => setOpen(!isOpen)}>${t("Filter")}</button>
    ${isOpen && html`<div class="groups">${children}</div>`}
  </div>`;
}

function Group({ group: [name, label, words], chosen, set }) {
  if (!SEVERAL.includes(name)) {
    return html`<${Select} label=${label} name=${name} options=${[["", t("any")], ...words]}
      value=${split(chosen)[0] ?? ""} onChange=${({ target }) => set(name, target.value)} />`;
  }
  if (!words.length) return null;
  const values = split(chosen);
  const toggle = (value) => set(name, (values.includes(value)
    ? values.filter((other) => other !== value) : [...values, value]).join(","));
  return html`<fieldset><legend>${label}</legend>
    ${words.map(([value, shown]) => html`<${Check} key=${value} label=${shown}
      checked=${values.includes(value)} onChange=${() => toggle(value)} />`)}
  </fieldset>`;
}

function SaveView({ view, query, views, onClose }) {
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ANY));
  const done = async (saved) => {
    await views.reload();
    onClose();
    navigate(`queue/${saved.id}`);
  };
  const save = async ({ name, shared }) =>
    done(await call("POST", "/views", { body: { name, query: given, shared: Boolean(shared) } }));
  const replace = async () =>
    done(await call("PATCH", `/views/${view.id}`, { body: { query: given } }));
  return html`<${Dialog} title=${t("Save as view")} onClose=${onClose}>
    ${view.id && html`<${Form} onSend=${replace} buttons=${html`
      <button>${t("Replace {name}", { name: view.name })}</button>`}>${() => null}<//>`}
    <${Form} onSend=${save} buttons=${html`<button class="primary">${t("Save")}</button>`}>
      ${(errors) => html`<${Field} label=${t("Name")} name="name" errors=${errors} maxlength="100" />
        <${Check} name="shared" label=${t("For all agents")} />`}
    <//>
  <//>`;
}
