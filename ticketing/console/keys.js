// Single keys: one table at a time for each screen, the dialog that shows them, the off switch.
import { useEffect, useRef } from "preact/hooks";
import { ofBrowser } from "./storage.js";
import { t } from "./words.js";
import { value } from "./values.js";

const OFF = "keys-off";
const SECOND_KEY_MS = 1000;                // after "g"
const REPEATED = ["j", "k", "ArrowDown", "ArrowUp"];     // while they are held down
const SHOWN = { ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc" };

/** Whether single keys do something. */
export const isOn = value(ofBrowser.get(OFF) === null);
isOn.on((isNow) => (isNow ? ofBrowser.remove(OFF) : ofBrowser.set(OFF, "")));

const tables = [];                         // of what is shown: { keys: [words, run] }
let first = { key: "", at: 0 };

addEventListener("keydown", (event) => {
  const { target, key } = event;
  const isInField = target.closest("input:not([type=checkbox]), select, textarea, dialog, [contenteditable]");
  // Never with Alt: on many keyboards it types characters.
  if (isInField || event.ctrlKey || event.metaKey || event.altKey || !isOn.get()) return;
  if (event.repeat && !REPEATED.includes(key)) return;   // "e" once is one ticket
  const isSecond = first.key && performance.now() - first.at < SECOND_KEY_MS;
  const keys = isSecond ? `${first.key} ${key}` : key;
  first = { key: key === "g" && !isSecond ? "g" : "", at: performance.now() };
  const table = tables.findLast((found) => found.current[keys]);
  if (table && table.current[keys][1](event) !== false) event.preventDefault();
});

/**
 * While a component is shown, `{ j: [words, () => …] }`; "g q" is one key after another. The
 * browser does what it does with a key too if that returns false.
 */
export function useKeys(table) {
  const latest = useRef();
  latest.current = table;
  useEffect(() => {
    tables.push(latest);
    return () => tables.splice(tables.indexOf(latest), 1);
  }, []);
}

/** Every key that does something now: [[key, words], …]. */
export function allKeys() {
  const known = Object.assign({}, ...tables.map(({ current }) => current));
  const keys = Object.entries(known).map(([key, [words]]) => [SHOWN[key] ?? key, words]);
  return [...keys, [t("Ctrl or ⌘ + Enter"), t("Send")]];
}
