// The texts of a conversation: messages, comments, notes, and messages on their way.
import { useState } from "preact/hooks";
import { call } from "../api.js";
import { discard, takeBack } from "../outbox.js";
import { Field, FormDialog, html, Time } from "../ui.js";
import { t, time } from "../words.js";
import { nameOf } from "./changes.js";
import { Files } from "./files.js";

const LONG_LINES = 20;
const URLS = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'])/;

/** Text as it was written, with its links; only the beginning of a long one. */
export function Text({ children }) {
  const [isWhole, setWhole] = useState(false);
  const lines = children.split("\n");
  const isLong = lines.length > LONG_LINES;
  const visible = isLong && !isWhole ? lines.slice(0, LONG_LINES).join("\n") : children;
  return html`<div class="text" dir="auto">${visible.split(URLS).map((piece, index) => (index % 2
    ? html`<a href=${piece} target="_blank" rel="noopener noreferrer">${piece}</a>` : piece))}</div>
    ${isLong && html`<button type="button" onClick=${() => setWhole(!isWhole)}>
      ${isWhole ? t("Show less") : t("Show all")}</button>`}`;
}

const LABELS = () => ({ comment: t("Comment"), note: t("Internal note") });

export function Comment({ entry, user, live, onShow }) {
  const [asks, setAsks] = useState(null);
  const { kind, id, text, files, isDeleted, deletedBy, isEdited, at, internal, seq } = entry;
  const label = LABELS()[kind];
  const isMine = entry.user.id === user.id;
  const isOpen = live.ticket.status !== "closed" || user.role === "admin";
  const close = () => setAsks(null);
  const path = `/comments/${id}`;
  return html`<p class="quiet"><b>${nameOf(live, entry.user.id, user)}</b>${" "}
      ${label && html`<span class="label">${label}</span> `}
      <a href=${`#${internal ? "n" : "e"}${seq}`}><${Time} at=${at} show=${time} /></a>
      ${isEdited && !isDeleted && ` · ${t("edited")}`}</p>
    ${isDeleted ? html`<p class="quiet">${t("Deleted by {name}.", { name: nameOf(live, deletedBy, user) })}</p>`
      : text === null ? html`<p class="quiet">${t("This was deleted.")}</p>` : html`<${Text}>${text}<//>`}
    <${Files} files=${files} onShow=${onShow} />
    ${label && !isDeleted && !live.ended && html`<p class="actions">
      ${isMine && isOpen && html`<button type="button" class="link" onClick=${() => setAsks("edit")}>${t("Edit")}</button>`}
      ${((isMine && isOpen) || user.role === "admin") && html`<button type="button" class="link"
        onClick=${() => setAsks("delete")}>${t("Delete")}</button>`}</p>`}
    ${asks === "edit" && html`<${FormDialog} title=${label} onClose=${close}
      onSend=${(body) => call("PATCH", path, { body })}>
      ${(errors) => html`<${Field} label=${label} name="content" as="textarea" rows="6" maxlength="10000"
        dir="auto" defaultValue=${text} errors=${errors} />`}
    <//>`}
    ${asks === "delete" && html`<${FormDialog} title=${t("Delete this for everyone?")} button=${t("Delete")}
      onSend=${() => call("DELETE", path)} onClose=${close}><p>${text}</p><//>`}`;
}

/** A message that is not acknowledged yet, or was refused. */
export function Waiting({ message, onShow }) {
  const { kind, state, text, files, error } = message;
  return html`<li class="entry ${kind === "note" ? "note" : "message"} own waiting">
    <${Text}>${text}<//>
    <${Files} files=${files} onShow=${onShow} />
    ${state === "refused" ? html`<p class="error">${t("Not sent: {why}", { why: error.message })}</p>
      <p class="actions"><button type="button" onClick=${() => takeBack(message)}>${t("Edit")}</button>
      <button type="button" onClick=${() => discard(message)}>${t("Discard")}</button></p>`
      : html`<p class="hint">${state === "sent" ? t("Sent") : t("Sending…")}</p>`}
  </li>`;
}
