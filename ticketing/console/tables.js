// Tables, the filters above them, and screens of what admins add, edit and delete in place.
import { Fragment } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { setQuery } from "./address.js";
import { call, usePages } from "./api.js";
import { announce, Confirm, Empty, Form, Heading, html, Loaded } from "./ui.js";
import { t } from "./words.js";

/**
 * A table; where it is narrow, a row becomes a block. `columns` are [[words, cell(row)], …], of
 * which the first names the row; `below(row)` is one more row of the table, or nothing.
 */
export function Table({ columns, rows, below, keyOf = ({ id }) => id }) {
  const [[first, name], ...others] = columns;
  return html`<table>
    <thead><tr>${columns.map(([words]) =>
      html`<th scope="col" key=${words}>${words}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<${Fragment} key=${keyOf(row)}>
      <tr><th scope="row" data-label=${first}>${name(row)}</th>
        ${others.map(([words, cell]) =>
          html`<td key=${words} data-label=${words}>${cell(row)}</td>`)}
      </tr>${below?.(row)}<//>`)}
    </tbody></table>`;
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
  const [edited, setEdited] = useState();    // an id, or "new"
  const [deleted, setDeleted] = useState();  // a row, while one is asked
  const [refused, setRefused] = useState();
  const opener = useRef();
  const edit = (id) => ({ currentTarget }) => { opener.current = currentTarget; setEdited(id); };
  const close = () => { setEdited(); opener.current.focus(); };
  const reload = async (words) => { await rows.reload(); of.onChange?.(); announce(words); };
  const save = ({ id }) => async (values) => {
    await call(id ? "PATCH" : "POST", id ? `${path}/${id}` : path, { body: of.body(values) });
    await reload(t("Saved."));
    close();
  };
  const remove = async () => {
    await call("DELETE", `${path}/${deleted.id}`)
      .catch((error) => { setRefused(error); throw error; });
    setDeleted();
    await reload(t("Deleted."));
    document.querySelector("h1").focus();
  };
  const ask = (row) => { setRefused(); setDeleted(row); };
  const form = (row) => html`<${Editor} row=${row} fields=${of.fields} onSend=${save(row)}
    onClose=${close} />`;
  const below = (row) => edited === row.id && html`<tr><td colspan="9">${form(row)}</td></tr>`;
  const isOpen = (id) => (edited === id ? "true" : "false");
  const buttons = (row) => html`<div class="buttons">
    <button type="button" aria-label=${t("Edit {name}", { name: nameOf(row) })}
      aria-expanded=${isOpen(row.id)} onClick=${edit(row.id)}>${t("Edit")}</button>
    <button type="button" aria-label=${t("Delete {name}", { name: nameOf(row) })}
      onClick=${() => ask(row)}>${t("Delete")}</button></div>`;
  return html`<div class="title"><${Heading} title=${title} />
      ${add && html`<button type="button" class="primary" aria-expanded=${isOpen("new")}
        onClick=${edit("new")}>${add}</button>`}</div>
    <p class="quiet">${children}</p>
    ${edited === "new" && form({})}
    <${Loaded} from=${rows}>${({ data, next }) => {
      const listed = data.filter(({ id }) => id);
      return html`${listed.length
        ? html`<${Table} rows=${listed} below=${below}
            columns=${[...columns, [t("Actions"), buttons]]} />`
        : html`<${Empty}>${empty}<//>`}
        ${next && html`<button type="button" onClick=${rows.more}>${t("Show more")}</button>`}`;
    }}<//>
    ${deleted && html`<${Confirm} title=${t("Delete {name}?", { name: nameOf(deleted) })}
      yes=${t("Delete")} onYes=${remove} onClose=${() => setDeleted()}>
      ${refused && of.explain?.(refused, deleted)}<//>`}`;
}

function Editor({ row, fields, onSend, onClose }) {
  const place = useRef();
  useEffect(() => { place.current.querySelector("input").focus(); }, []);
  return html`<div class="editor" ref=${place}><${Form} onSend=${onSend} buttons=${html`
    <button class="primary">${t("Save")}</button>
    <button type="button" onClick=${onClose}>${t("Cancel")}</button>`}>
    ${(errors) => fields(row, errors)}<//></div>`;
}
