// A picture or a text of a conversation, in a dialog.
import { useState } from "preact/hooks";
import { Dialog, Failed, html, Loaded } from "../ui.js";
import { useLoading } from "../loading.js";
import { number, t } from "../words.js";
import { download, fetchBlob } from "./downloads.js";
import { isText, usePicture } from "./files.js";

const MAX_BYTES = 65_536;                  // of a text
const MAX_ROWS = 50;                       // of a table
const STEPS = () => (document.dir === "rtl" ? { ArrowLeft: 1, ArrowRight: -1 } : { ArrowLeft: -1, ArrowRight: 1 });

/** Show one of some files; `onShow(file)` shows another one. */
export function Preview({ file, files, onShow, onClose }) {
  const [isWhole, setWhole] = useState(false);
  const pictures = files.filter(({ preview_url: url }) => url);
  const at = pictures.findIndex(({ url }) => url === file.url);
  const go = (step) => {
    setWhole(false);
    onShow(pictures[(at + step + pictures.length) % pictures.length]);
  };
  const press = (event) => {
    const step = STEPS()[event.key];
    // What is larger than its place is scrolled by arrows.
    if (at < 0 || !step || event.target.matches("[tabindex]")) return;
    event.preventDefault();
    go(step);
  };
  return html`<${Dialog} title=${html`<bdi>${file.name}</bdi>`} onClose=${onClose} class="preview" onKeyDown=${press}>
    ${isText(file) ? html`<${Extract} key=${file.url} file=${file} />`
      : html`<${Picture} key=${file.url} file=${file} isWhole=${isWhole} />`}
    <div class="buttons">
      ${at >= 0 && pictures.length > 1 && html`
        <button type="button" onClick=${() => go(-1)}>${t("Previous picture")}</button>
        <button type="button" onClick=${() => go(1)}>${t("Next picture")}</button>
        <span role="status">${t("{number} of {count}", { number: number(at + 1), count: number(pictures.length) })}</span>`}
      ${at >= 0 && html`<button type="button" aria-pressed=${isWhole ? "true" : "false"}
        onClick=${() => setWhole(!isWhole)}>${t("Original size")}</button>`}
      <button type="button" onClick=${() => download(file)}>${t("Download")}</button>
    </div><//>`;
}

function Picture({ file: { name, url, preview_url: preview }, isWhole }) {
  const small = usePicture(preview);
  const whole = usePicture(isWhole ? url : null);
  const source = (isWhole && whole.source) || small.source;
  const error = isWhole ? whole.error : small.error;
  return html`<div class="picture ${isWhole ? "whole-size" : ""}" ...${isWhole && { tabindex: "0", role: "group", "aria-label": name }}>
    ${error ? html`<${Failed} error=${error} />` : source ? html`<img src=${source} alt=${name} />`
      : html`<p role="status">${t("Loading…")}</p>`}</div>`;
}

function Extract({ file: { name, url } }) {
  const loaded = useLoading(url, async (signal) => {
    const blob = await fetchBlob(url, signal);
    return { text: decoded(await blob.slice(0, MAX_BYTES).arrayBuffer()), isCut: blob.size > MAX_BYTES };
  });
  return html`<${Loaded} from=${loaded}>${({ text, isCut }) => {
    const rows = /\.[ct]sv$/i.test(name) && rowsOf(text);
    return html`<div class="extract" tabindex="0" role="group" aria-label=${name}>
        ${rows ? html`<${Sheet} rows=${rows.slice(0, MAX_ROWS)} />` : html`<pre dir="auto">${text}</pre>`}</div>
      ${(isCut || rows.length > MAX_ROWS) && html`<p class="hint">${t("This is only the beginning of the file.")}</p>`}`;
  }}<//>`;
}

const Sheet = ({ rows: [head = [], ...rows] }) => html`<table><tbody>
  <tr>${head.map((cell) => html`<th scope="col" dir="auto">${cell}</th>`)}</tr>
  ${rows.map((row) => html`<tr>${row.map((cell) => html`<td dir="auto">${cell}</td>`)}</tr>`)}</tbody></table>`;

/** The text that bytes stand for, in whatever encoding that seems to be. */
function decoded(bytes) {
  const mark = new Uint8Array(bytes.slice(0, 2)).join();
  const utf16 = { "255,254": "utf-16le", "254,255": "utf-16be" }[mark];
  const text = new TextDecoder(utf16).decode(bytes);
  const isOther = !utf16 && text.slice(0, -1).includes("\ufffd");      // the last one may be cut
  return isOther ? new TextDecoder("windows-1252").decode(bytes) : text;
}

/** The rows of separated values, in which quotes may be around a cell: one more than are shown. */
function rowsOf(text) {
  const [first] = text.split("\n", 1);
  const [separator] = [",", ";", "\t"].sort((one, other) => first.split(other).length - first.split(one).length);
  const cells = new RegExp(`("(?:[^"]|"")*"|[^${separator}\r\n]*)(${separator}|\r?\n|$)`, "g");
  const rows = [[]];
  for (const [whole, cell, end] of text.matchAll(cells)) {
    if (!whole && !rows.at(-1).length) break;            // after the last line
    rows.at(-1).push(/^"[^]*"$/.test(cell) ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end === separator) continue;
    if (!end || rows.length > MAX_ROWS) break;
    rows.push([]);
  }
  return rows.filter((row) => row.length);
}
