// Canned responses: texts that agents insert into their answers.
import { Check, Field, html } from "../ui.js";
import { Resource } from "../tables.js";
import { parts, t } from "../words.js";

const PLACEHOLDERS = () => [
  ["{{customer.name}}", t("the customer's name")], ["{{agent.name}}", t("your name")],
  ["{{ticket.id}}", t("the ticket's number")], ["{{ticket.subject}}", t("the ticket's subject")],
];

const fields = ({ title, shortcut, text, shared }, errors) => html`
  <${Field} label=${t("Title")} name="title" defaultValue=${title} maxlength="100"
    errors=${errors} />
  <${Field} label=${t("Shortcut")} name="shortcut" defaultValue=${shortcut} maxlength="40"
    hint=${t("What is typed after / to find it.")} errors=${errors} />
  <${Field} label=${t("Text")} name="text" as="textarea" defaultValue=${text} maxlength="10000"
    errors=${errors} />
  <p class="hint">${t("These are filled in when the text is inserted:")}</p>
  <dl class="placeholders">${PLACEHOLDERS().map(([placeholder, words]) =>
    html`<div key=${placeholder}><dt><code>${placeholder}</code></dt><dd>${words}</dd></div>`)}</dl>
  <${Check} name="shared" defaultChecked=${shared} label=${t("For all agents")} />`;

export function Responses() {
  const columns = [
    [t("Title"), ({ title }) => title],
    [t("Shortcut"), ({ shortcut }) => html`<code>/${shortcut}</code>`],
    [t("Text"), ({ text }) => html`<div class="text">${text}</div>`],
    [t("For"), ({ shared }) => (shared ? t("All agents") : t("You"))],
  ];
  return html`<${Resource} path="/canned-responses" title=${t("Canned responses")}
      add=${t("Add a canned response")} empty=${t("There are no canned responses yet.")}
      columns=${columns} nameOf=${({ title }) => title} fields=${fields}
      body=${({ shared, ...values }) => ({ ...values, shared: Boolean(shared) })}>
    ${parts("Texts to answer with. Type {key} at the start of a line to insert one.",
      { key: html`<kbd>/</kbd>` })}<//>`;
}
