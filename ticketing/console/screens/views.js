// The saved views of the queue: own and shared ones.
import { Check, Field, html } from "../ui.js";
import { Resource } from "../tables.js";
import { list, t } from "../words.js";
import { SORTS, useGroups, wordsFor } from "./filters.js";

/** A view's filters and its order in words, one text for each. */
const inWords = (query, groups, views) =>
  [...groups, ["user_id", t("Customer"), []], ["sort", t("Order"), Object.entries(SORTS(views))]]
  .filter(([name]) => query[name])
  .map(([name, label, words]) =>
    `${label}: ${list(query[name].split(",").map((value) => wordsFor(words, value)))}`);

const fields = ({ name, shared }, errors) => html`
  <${Field} label=${t("Name")} name="name" defaultValue=${name} maxlength="100" errors=${errors} />
  <${Check} name="shared" defaultChecked=${shared} label=${t("For all agents")} />`;

export function Views({ views }) {
  const groups = useGroups(views);
  const columns = [
    [t("Name"), ({ id, name }) => html`<a href="/console/queue/${id}">${name}</a>`],
    [t("Filters"), ({ query }) => inWords(query, groups, views).join(" · ") || t("All tickets")],
    [t("For"), ({ shared }) => (shared ? t("All agents") : t("You"))],
  ];
  return html`<${Resource} path="/views" title=${t("Views")} columns=${columns} fields=${fields}
      nameOf=${({ name }) => name} onChange=${views.reload}
      body=${({ name, shared }) => ({ name, shared: Boolean(shared) })}
      empty=${t("No view has been saved yet.")}>
    ${t("Lists of tickets. To save one, set filters in the queue and choose “Save as view”.")}<//>`;
}
