// Tables, the filters above them, and screens of what admins add, edit and delete.
import { useEffect, useRef, useState } from "preact/hooks";
import { setQuery } from "./address.js";
import { call } from "./api.js";
import { usePages } from "./loading.js";
import { announce, Empty, FormDialog, Heading, html, Loaded } from "./ui.js";
import { t } from "./words.js";

/**
 * A table; where it is narrow, a row becomes a block. `columns` are [[words, cell(row)], …], of
 * which the first names the row.
 */
export function Table({ columns, rows, keyOf = ({ id }) => id }) {
  const [[first, name], ...others] = columns;
  return html`<table>
    <thead><tr>${columns.map(([words]) =>
      html`<th scope="col" key=${words}>${words}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${keyOf(row)}>
      <th scope="row" data-label=${first}>${name(row)}</th>
      ${others.map(([words, cell]) =>
        html`<td key=${words} data-label=${words}>${cell(row)}</td>`)}</tr>`)}
    </tbody></table>`;
}

/** What `usePages` loaded as a table with a button for more, which gives the focus to these. */
export function List({ from, columns, empty }) {
  const box = useRef();
  const showMore = async (count) => {
    await from.more();
    box.current.querySelectorAll("tbody tr")[count]?.querySelector("a, button")?.focus();
  };
  return html`<div ref=${box}><${Loaded} from=${from}>${({ data, next }) => html`
    ${data.length ? html`<${Table} columns=${columns} rows=${data} />` : html`<${Empty}>${empty}<//>`}
    ${next && html`<button type="button" onClick=${() => showMore(data.length)}>
      ${t("Show more")}</button>`}`}<//></div>`;
}

/** Filters that are kept in the address: `children(values)`; what is typed counts once sent. */
export function Criteria({ given, children }) {
  const [typed, setTyped] = useState({});
  useEffect(() => setTyped({}), [JSON.stringify(given)]);
  const type = ({ target: { name, value } }) => setTyped((old) => ({ ...old, [name]: value }));
  const show = (event) => { event.preventDefault(); setQuery(typed); };
  return html`<form class="criteria" onInput=${type} onSubmit=${show}>
    ${children({ ...given, ...typed })}<button>${t("Show")}</button></form>`;
}

/**
 * A screen of one of the admins' resources at a `path` of the API. `add` names the button that
 * adds one, `fields(row, errors)` are the controls of its form, `body(values)` is what is sent
 * of them, `explain(error, row)` a way on when it cannot be deleted; `children` say what it is for.
 */
export function Resource({ path, title, add, empty, columns, nameOf, children, ...of }) {
  const rows = usePages(`${path}?limit=100`);
  const [edited, setEdited] = useState();    // a row, or {} for another one
  const [deleted, setDeleted] = useState();  // a row, while one is asked
  const [refused, setRefused] = useState();
  const reload = async (words) => { await rows.reload(); of.onChange?.(); announce(words); };
  const save = async (values) => {
    const { id } = edited;
    await call(id ? "PATCH" : "POST", id ? `${path}/${id}` : path, { body: of.body(values) });
    await reload(t("Saved."));
  };
  const remove = async () => {
    await call("DELETE", `${path}/${deleted.id}`).catch((error) => { setRefused(error); throw error; });
    await reload(t("Deleted."));
  };
  const listed = rows.data && { ...rows.data, data: rows.data.data.filter(({ id }) => id) };
  const ask = (row) => { setRefused(); setDeleted(row); };
  const buttons = (row) => html`<div class="buttons">
    <button type="button" aria-label=${t("Edit {name}", { name: nameOf(row) })}
      onClick=${() => setEdited(row)}>${t("Edit")}</button>
    <button type="button" aria-label=${t("Delete {name}", { name: nameOf(row) })}
      onClick=${() => ask(row)}>${t("Delete")}</button></div>`;
  return html`<div class="title"><${Heading} title=${title} />
      ${add && html`<button type="button" class="primary" onClick=${() => setEdited({})}>
        ${add}</button>`}</div>
    <p class="quiet">${children}</p>
    <${List} from=${{ ...rows, data: listed }} columns=${[...columns, [t("Actions"), buttons]]} empty=${empty} />
    ${edited && html`<${FormDialog} title=${edited.id ? t("Edit {name}", { name: nameOf(edited) }) : add}
      onSend=${save} onClose=${() => setEdited()}>${(errors) => of.fields(edited, errors)}<//>`}
    ${deleted && html`<${FormDialog} title=${t("Delete {name}?", { name: nameOf(deleted) })}
      button=${t("Delete")} onSend=${remove} onClose=${() => setDeleted()}>
      ${refused && of.explain?.(refused, deleted)}<//>`}`;
}
