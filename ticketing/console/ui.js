// The parts that screens are made of.
import { h } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import htm from "htm";
import { newId } from "./api.js";
import { Form } from "./forms.js";
import { ago, dateTime, t } from "./words.js";
import { useValue, value } from "./values.js";

export { Check, Field, Form, Radios, Select, Switch } from "./forms.js";

export const html = htm.bind(h);

const SHOW_LOADING_MS = 300;               // what is faster needs no word
const TOAST_MS = 8000;
const REFOCUS_MS = 100;                    // what removed it may know better
const TICK_MS = 30_000;                    // "5 minutes ago" grows old

let focused = 0;                           // which navigation has got its focus
/** Whether a field has the focus, which nothing takes from it. */
export const isTyping = () => document.activeElement.matches("input, textarea, select");

/** Name the page, and put the focus on its heading after a navigation. */
export function Heading({ title, children }) {
  const heading = useRef();
  useEffect(() => { pageTitle.set(title); }, [title]);
  useEffect(() => {
    if (navigated.get() !== focused && !isTyping()) heading.current.focus();
    focused = navigated.get();
  }, []);
  return html`<h1 ref=${heading} tabindex="-1">${children ?? title}</h1>`;
}
export const pageTitle = value("");
/** How often the page has navigated by itself. */
export const navigated = value(0);

/** Say something in the polite live region. */
export const announcement = value("");
export function announce(text) {
  announcement.set("");                    // the same once more is said once more
  setTimeout(() => announcement.set(text), 50);
}

/** Tell of what happened elsewhere. */
const toasts = value([]);
export function toast(text) {
  const shown = { id: newId(), text };
  toasts.set([...toasts.get(), shown]);
  setTimeout(() => toasts.set(toasts.get().filter((other) => other !== shown)), TOAST_MS);
}
export const Toasts = () => html`<div class="toasts" role="status">
  ${useValue(toasts).map(({ id, text }) => html`<p key=${id}>${text}</p>`)}
</div>`;

/** Render again and again, as time goes by. */
export function useTick(isTicking = true) {
  const [, tick] = useState(0);
  useEffect(() => {
    const ticking = isTicking && setInterval(() => tick((count) => count + 1), TICK_MS);
    return () => clearInterval(ticking);
  }, [isTicking]);
}

/** A time as `show` writes it; the whole of it in the title. */
export function Time({ at, show = ago }) {
  useTick(show === ago);
  return html`<time datetime=${at} title=${dateTime(at)}>${show(at)}</time>`;
}

/** What the service answered instead, with a way on: `onRetry`. */
export function Failed({ error, errors = error.errors ?? {}, onRetry, class: name = "" }) {
  const wait = useCountdown(error);
  return html`<div class="failed ${name}" tabindex="-1">
    <div role="alert">
      <p>${error.message}</p>
      ${Object.entries(errors).map(([field, texts]) => html`<p key=${field}>${[texts].flat().join(" ")}</p>`)}
    </div>
    ${wait > 0 && html`<p>${t("Try again in {seconds} s.", { seconds: wait })}</p>`}
    ${onRetry && error.status !== 404 && html`<button type="button" onClick=${onRetry}>${t("Try again")}</button>`}
    ${error.requestId && html`<p class="hint">X-Request-ID: ${error.requestId}</p>`}
  </div>`;
}

/** Seconds until what was refused may be tried again. */
function useCountdown(error) {
  const { retryAfter = 0 } = error;
  const [left, setLeft] = useState(retryAfter);
  useEffect(() => {
    setLeft(retryAfter);
    const ticking = setInterval(() => setLeft((seconds) => Math.max(0, seconds - 1)), 1000);
    return () => clearInterval(ticking);
  }, [error]);
  return left;
}

/**
 * What was loaded by `useLoaded`: `children(data)`, or why it is not there; `missing` is the
 * heading of a screen whose one thing does not exist.
 */
export function Loaded({ from: { data, error, isLoading, reload }, missing, children }) {
  const isLate = useLate(isLoading && !data);
  const isMissing = missing && error?.status === 404 && !data;
  return html`<div aria-busy=${isLoading && !data ? "true" : "false"}>
    ${error && (isMissing ? html`<${Heading} title=${missing} />`
      : html`<${Failed} error=${error} onRetry=${reload} />`)}
    ${isLate && html`<p role="status">${t("Loading…")}</p>`}
    ${data && children(data)}
  </div>`;
}

function useLate(isNow) {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    const later = isNow && setTimeout(() => setLate(true), SHOW_LOADING_MS);
    return () => clearTimeout(later);
  }, [isNow]);
  return isLate;
}

export function Empty({ children, action }) {
  return html`<div class="empty"><p>${children}</p>${action}</div>`;
}

/** What is shown at an address that leads nowhere. */
export const NotFound = () => html`<${Heading} title=${t("There is no such page")} />
  <${Empty} action=${html`<a href="/console/">${t("Go to the start")}</a>`}>
    ${t("The address may be mistyped, or it is for others.")}<//>`;

// What has the focus keeps it when it is moved. When it is removed, what is around it gets the
// focus, or the heading: else it would fall to the whole page.
let focusPath = [];                        // what has the focus, and what it is in
addEventListener("focusin", (event) => { focusPath = event.composedPath(); });
addEventListener("pointerdown", ({ target }) => {      // elsewhere, on purpose
  if (!focusPath[0]?.contains(target)) focusPath = [];
});
const isLost = () =>
  focusPath.length > 0 && document.activeElement === document.body && document.hasFocus();
new MutationObserver(() => {
  if (!isLost()) return;
  if (focusPath[0].isConnected) focusPath[0].focus();
  setTimeout(() => {
    const isAround = (element) => element.isConnected && element.matches?.("[tabindex]:not(main)");
    if (isLost()) (focusPath.find(isAround) ?? document.querySelector("main h1"))?.focus();
  }, REFOCUS_MS);
}).observe(document.body, { childList: true, subtree: true });

/** A native dialog, which keeps the focus and gives it back; `onClose` also by Escape. */
export function Dialog({ title, onClose, children, ...attributes }) {
  const dialog = useRef();
  const [id] = useState(newId);
  useLayoutEffect(() => {
    const { current } = dialog;
    current.showModal();
    return () => current.close();            // which gives the focus back
  }, []);
  const leave = () => {
    if (onClose && (!hasTyped(dialog.current) || confirm(t("Discard what you wrote?")))) onClose();
  };
  const cancel = (event) => {
    if (!event.cancelable) return;           // a second Escape: it closes all the same
    event.preventDefault();
    leave();
  };
  const close = () => {
    if (!dialog.current) return;
    dialog.current.showModal();
    leave();
  };
  return html`<dialog ref=${dialog} onCancel=${cancel} onClose=${close} aria-labelledby=${id} ...${attributes}>
    <h2 id=${id}>${title}</h2>
    ${children}
    ${onClose && html`<button type="button" class="close" onClick=${leave} aria-label=${t("Close")}>✕</button>`}
  </dialog>`;
}

const hasTyped = (dialog) => [...dialog.querySelectorAll("textarea, input:not([type=checkbox])")]
  .some((field) => field.value !== field.defaultValue);

/**
 * Ask before something is done: `onSend(values)` is a promise, after which the dialog closes,
 * or `onDone()` is called. `children` are words, or the fields of a form, a function of its errors.
 */
export function FormDialog({ title, button = t("Save"), onSend, onClose, onDone = onClose, children }) {
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <${Form} onSend=${async (values) => { await onSend(values); onDone(); }} buttons=${html`
      <button class="primary">${button}</button>
      <button type="button" onClick=${onClose}>${t("Cancel")}</button>`}>
      ${typeof children === "function" ? children : () => children}
    <//>
  <//>`;
}
