// What was written and not sent: one text for each user, ticket and kind, in this browser; and
// the files that were uploaded for it.
import { session } from "./api.js";
import { ofBrowser, ofTab } from "./storage.js";
import { useValue, value } from "./values.js";

const PREFIX = "draft:";
const KEEP_FILES_MS = 23 * 3600_000;       // the service keeps them an hour longer
const writes = value(0);                   // components read again after each

/** What is written on a shared computer goes with its tab, as the session does. */
export const storage = () => (session.get()?.isShared ? ofTab : ofBrowser);
const keyOf = (ticketId, kind) => `${PREFIX}${session.get()?.user.id}:${ticketId}:${kind}`;

addEventListener("storage", ({ key }) => {             // in another tab
  if (key?.startsWith(PREFIX)) writes.set(writes.get() + 1);
});

export const draftOf = (ticketId, kind) => storage().get(keyOf(ticketId, kind)) ?? "";

function setDraft(ticketId, kind, text) {
  const key = keyOf(ticketId, kind);
  if (text) storage().set(key, text);
  else storage().remove(key);
  writes.set(writes.get() + 1);
}

/** Put a text that was not sent before what was typed since. */
export function putBack(ticketId, kind, text) {
  setDraft(ticketId, kind, [text, draftOf(ticketId, kind)].filter(Boolean).join("\n\n"));
}

const listOf = (kind) => `${kind}-files`;

/** The uploaded files of a draft, as the API has them; and `at`, when, and a `key` of each. */
export const filesOf = (ticketId, kind) => JSON.parse(draftOf(ticketId, listOf(kind)) || "[]")
  .filter(({ at }) => Date.now() - at < KEEP_FILES_MS);

export const setFiles = (ticketId, kind, files) =>
  setDraft(ticketId, listOf(kind), files.length ? JSON.stringify(files) : "");

/** Return [files, setFiles] of a draft. */
export function useFiles(ticketId, kind) {
  useValue(writes);
  return [filesOf(ticketId, kind), (files) => setFiles(ticketId, kind, files)];
}

/** Return [text, setText] of a draft. */
export function useDraft(ticketId, kind) {
  useValue(writes);
  return [draftOf(ticketId, kind), (text) => setDraft(ticketId, kind, text)];
}
