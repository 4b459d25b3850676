// Forms and their fields: what is wrong is said where it is, and nothing typed is lost.
import { useEffect, useRef, useState } from "preact/hooks";
import { newId } from "./api.js";
import { announce, Failed, html } from "./ui.js";
import { t } from "./words.js";

/** A labelled control: an input, or `as` another element; `errors` are those of its form. */
export function Field({ label, name, hint, errors = {}, hidesLabel, as = "input", children, ...attributes }) {
  const [id] = useState(newId);
  const found = errors[name];
  const describedBy = [hint && `${id}-hint`, found && `${id}-error`].filter(Boolean).join(" ");
  return html`<div class="field">
    <label for=${id} class=${hidesLabel ? "visually-hidden" : undefined}>${label}</label>
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
    <${as} id=${id} name=${name} aria-invalid=${found ? "true" : undefined}
      aria-describedby=${describedBy || undefined} ...${attributes}>${children}<//>
    ${found && html`<p class="error" id="${id}-error">${found.join(" ")}</p>`}
  </div>`;
}

/** A `<select>` in a field; `options` is an object of words by value or, in their order, pairs. */
export function Select({ options, value: selected, ...field }) {
  const all = Array.isArray(options) ? options : Object.entries(options);
  return html`<${Field} as="select" ...${field} value=${selected}>
    ${all.map(([key, words]) => html`<option key=${key} value=${key}
      selected=${String(key) === String(selected)}>${words}</option>`)}<//>`;
}

/** Something to check, and its words. */
export const Check = ({ label, type = "checkbox", ...attributes }) => html`<label class="check">
  <input type=${type} ...${attributes} /><span>${label}</span></label>`;

/** Something to check that is saved at once, by `onSave(isChecked)`, a promise. */
export function Switch({ onSave, ...attributes }) {
  const [error, setError] = useState();
  const save = async ({ target }) => {
    setError();
    await onSave(target.checked).then(() => announce(t("Saved.")), (refused) => {
      target.checked = !target.checked;
      setError(refused);
    });
  };
  return html`<${Check} ...${attributes} onChange=${save} />
    ${error && html`<${Failed} error=${error} />`}`;
}

/** One choice of few: `options` are pairs of value and words. */
export function Radios({ label, name, options, chosen, errors = {}, class: kind, ...attributes }) {
  const [id] = useState(newId);
  const found = errors[name];
  return html`<fieldset class=${kind}><legend>${label}</legend>
    ${options.map(([value, words]) => html`<${Check} key=${value} type="radio" name=${name} value=${value}
      label=${words} defaultChecked=${String(value) === String(chosen)} ...${attributes}
      aria-invalid=${found ? "true" : undefined} aria-describedby=${found && id} />`)}
    ${found && html`<p class="error" id=${id}>${found.join(" ")}</p>`}
  </fieldset>`;
}

/**
 * A form that is sent once at a time: `onSend(values, form)`, a promise. What it rejects with is
 * shown at the fields it names and, for the rest, above the buttons.
 */
export function Form({ onSend, children, buttons, ...attributes }) {
  const [error, setError] = useState();
  const form = useRef();
  const isSending = useRef(false);
  const submit = async (event) => {
    event.preventDefault();
    if (isSending.current) return;
    isSending.current = true;
    setError();
    try {
      await onSend(Object.fromEntries(new FormData(form.current)), form.current);
    } catch (refused) {
      setError(refused);
    }
    isSending.current = false;
  };
  useEffect(() => {
    if (error) form.current.querySelector("[aria-invalid=true], .form-error")?.focus();
  }, [error]);
  const names = form.current ? [...form.current.elements].map(({ name }) => name) : [];
  const others = Object.entries(error?.errors ?? {}).filter(([name]) => !names.includes(name));
  return html`<form ref=${form} onSubmit=${submit} novalidate ...${attributes}>
    ${children(error?.errors ?? {}, error)}
    ${error && (others.length || !Object.keys(error.errors ?? {}).length) && html`
      <${Failed} error=${error} errors=${Object.fromEntries(others)} class="form-error" />`}
    <div class="buttons">${buttons}</div>
  </form>`;
}
