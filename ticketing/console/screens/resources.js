// What admins add, edit and delete: categories, saved views, canned responses.
import { Check, Field, html } from "../ui.js";
import { Resource } from "../tables.js";
import { list, parts, t } from "../words.js";
import { CUSTOMER, SORTS, useGroups, wordsFor } from "./filters.js";

const categoryFields = ({ name, description }, errors) => html`
  <${Field} label=${t("Name")} name="name" defaultValue=${name} maxlength="255"
    errors=${errors} />
  <${Field} label=${t("Description")} name="description" as="textarea"
    defaultValue=${description ?? ""} maxlength="10000" errors=${errors} />`;

const explain = ({ code }, { id }) => code === "category_in_use" &&
  html`<a href="/console/queue/all?category_id=${id}">${t("Show its tickets")}</a>`;

export function Categories() {
  const columns = [[t("Name"), ({ name }) => name], [t("Slug"), ({ slug }) => slug],
    [t("Description"), ({ description }) => description]];
  return html`<${Resource} path="/categories" title=${t("Categories")} add=${t("Add a category")}
      empty=${t("There are no categories yet. Customers need one to open a ticket.")}
      columns=${columns} nameOf=${({ name }) => name} fields=${categoryFields} explain=${explain}
      body=${({ name, description }) => ({ name, description: description || null })}>
    ${t("Customers choose one of these when they open a ticket.")}<//>`;
}

const Shared = ({ shared }) => html`
  <${Check} name="shared" defaultChecked=${shared} label=${t("For all agents")} />`;
const forWhom = ({ shared }) => (shared ? t("All agents") : t("You"));

/** A view's filters and its order in words, one text for each. */
const inWords = (query, groups, views) =>
  [...groups, CUSTOMER(), ["sort", t("Order"), Object.entries(SORTS(views))]]
  .filter(([name]) => query[name])
  .map(([name, label, words]) =>
    `${label}: ${list(query[name].split(",").map((value) => wordsFor(words, value)))}`);

const viewFields = ({ name, shared }, errors) => html`
  <${Field} label=${t("Name")} name="name" defaultValue=${name} maxlength="100" errors=${errors} />
  <${Shared} shared=${shared} />`;

export function Views({ views }) {
  const groups = useGroups(views);
  const columns = [
    [t("Name"), ({ id, name }) => html`<a href="/console/queue/${id}">${name}</a>`],
    [t("Filters"), ({ query }) => inWords(query, groups, views).join(" · ") || t("All tickets")],
    [t("For"), forWhom],
  ];
  return html`<${Resource} path="/views" title=${t("Views")} columns=${columns} fields=${viewFields}
      nameOf=${({ name }) => name} onChange=${views.reload}
      body=${({ name, shared }) => ({ name, shared: Boolean(shared) })}
      empty=${t("No view has been saved yet.")}>
    ${t("Lists of tickets. To save one, set filters in the queue and choose “Save as view”.")}<//>`;
}

const PLACEHOLDERS = () => [
  ["{{customer.name}}", t("the customer's name")], ["{{agent.name}}", t("your name")],
  ["{{ticket.id}}", t("the ticket's number")], ["{{ticket.subject}}", t("the ticket's subject")],
];

const responseFields = ({ title, shortcut, text, shared }, errors) => html`
  <${Field} label=${t("Title")} name="title" defaultValue=${title} maxlength="100"
    errors=${errors} />
  <${Field} label=${t("Shortcut")} name="shortcut" defaultValue=${shortcut} maxlength="40"
    hint=${t("What is typed after / to find it.")} errors=${errors} />
  <${Field} label=${t("Text")} name="text" as="textarea" defaultValue=${text} maxlength="10000"
    errors=${errors} />
  <p class="hint">${t("These are filled in when the text is inserted:")}</p>
  <dl class="placeholders">${PLACEHOLDERS().map(([placeholder, words]) =>
    html`<div key=${placeholder}><dt><code>${placeholder}</code></dt><dd>${words}</dd></div>`)}</dl>
  <${Shared} shared=${shared} />`;

export function Responses() {
  const columns = [
    [t("Title"), ({ title }) => title],
    [t("Shortcut"), ({ shortcut }) => html`<code>/${shortcut}</code>`],
    [t("Text"), ({ text }) => html`<div class="text">${text}</div>`],
    [t("For"), forWhom],
  ];
  return html`<${Resource} path="/canned-responses" title=${t("Canned responses")}
      add=${t("Add a canned response")} empty=${t("There are no canned responses yet.")}
      columns=${columns} nameOf=${({ title }) => title} fields=${responseFields}
      body=${({ shared, ...values }) => ({ ...values, shared: Boolean(shared) })}>
    ${parts("Texts to answer with. Type {key} at the start of a line to insert one.",
      { key: html`<kbd>/</kbd>` })}<//>`;
}
