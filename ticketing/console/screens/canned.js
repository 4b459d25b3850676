// Canned responses: "/" at the beginning of a line offers them; they are inserted at the caret.
import { useEffect, useState } from "preact/hooks";
import { call } from "../api.js";
import { loadPages } from "../loading.js";
import { html, toast } from "../ui.js";
import { t } from "../words.js";

const TYPED = /(^|\n)\/([^\s/]*)$/;        // what is being looked for, up to the caret
const OFFERED = 8;

const failed = (error) => toast(error.message);

/** What a composer needs: { press(event), list, attributes of its textarea }. */
export function useCanned(text, box, setText, ticketId) {
  const [all, setAll] = useState(null);
  const [at, setAt] = useState(0);
  const [closed, setClosed] = useState(null);
  const [caret, setCaret] = useState(null);
  const before = text ? text.slice(0, box.current?.selectionStart ?? text.length) : "";
  const wanted = TYPED.exec(before)?.[2];
  const isWanted = wanted !== undefined && closed !== before;
  useEffect(() => {
    if (isWanted && !all) loadPages("/canned-responses?limit=100").then(({ data }) => setAll(data), failed);
  }, [wanted]);
  useEffect(() => setAt(0), [wanted]);
  const fits = ({ shortcut, title }) =>
    [shortcut, title].some((name) => name?.toLowerCase().includes(wanted.toLowerCase()));
  const found = isWanted && all ? all.filter(fits).slice(0, OFFERED) : [];
  const insert = async ({ id }) => {
    const from = before.length - wanted.length - 1;
    const path = `/canned-responses/${id}/text?ticket_id=${ticketId}`;
    const filled = await call("GET", path).then((answer) => answer.text, failed);
    if (filled === undefined || box.current?.value !== text) return;   // typed on meanwhile
    setText(text.slice(0, from) + filled + text.slice(before.length));
    setCaret({ at: from + filled.length });              // at once: more may be typed
    box.current.focus();
  };
  useEffect(() => { if (caret) box.current?.setSelectionRange(caret.at, caret.at); }, [caret]);
  useEffect(() => {
    document.querySelector("#canned [aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const actions = {
    ArrowDown: () => setAt((at + 1) % found.length),
    ArrowUp: () => setAt((at + found.length - 1) % found.length),
    Enter: () => insert(found[at]),
    Escape: () => setClosed(before),
  };
  actions.Tab = actions.Enter;
  const press = (event) => {
    const isPlain = !(event.shiftKey || event.ctrlKey || event.metaKey);
    if (!found.length || !actions[event.key] || !isPlain) return false;
    event.preventDefault();
    actions[event.key]();
    return true;
  };
  const options = found.map((response, index) => html`<li key=${response.id} role="option"
    id="canned-${response.id}" aria-selected=${index === at ? "true" : "false"}
    onMouseDown=${(event) => { event.preventDefault(); insert(response); }}>
    <b>/${response.shortcut}</b> ${response.title}</li>`);
  return {
    press,
    list: found.length > 0 && html`<ul id="canned" class="canned" role="listbox"
      aria-label=${t("Canned responses")}>${options}</ul>`,
    // A textarea stays a textbox: it can't be a combobox too.
    attributes: found.length ? {
      "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-controls": "canned",
      "aria-activedescendant": `canned-${found[at]?.id}`,
    } : {},
  };
}
