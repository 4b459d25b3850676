// The categories of tickets.
import { Field, html } from "../ui.js";
import { Resource } from "../tables.js";
import { t } from "../words.js";

const fields = ({ name, description }, errors) => html`
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
      columns=${columns} nameOf=${({ name }) => name} fields=${fields} explain=${explain}
      body=${({ name, description }) => ({ name, description: description || null })}>
    ${t("Customers choose one of these when they open a ticket.")}<//>`;
}
