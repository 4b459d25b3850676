// What was typed and not sent: one text for each user, ticket and kind, in this browser.
import { session } from "./api.js";
import { useValue, value } from "./values.js";

const PREFIX = "draft:";
const writes = value(0);                   // components read again after each
const unstored = new Map();                // what the storage has no room for

/** What is written on a shared computer goes with its tab, as the session does. */
export const storage = () => (session.get()?.isShared ? sessionStorage : localStorage);
const keyOf = (ticketId, kind) => `${PREFIX}${session.get()?.user.id}:${ticketId}:${kind}`;

addEventListener("storage", ({ key }) => {             // in another tab
  if (key?.startsWith(PREFIX)) writes.set(writes.get() + 1);
});

export function draftOf(ticketId, kind) {
  const key = keyOf(ticketId, kind);
  return unstored.get(key) ?? storage().getItem(key) ?? "";
}

export function setDraft(ticketId, kind, text) {
  const key = keyOf(ticketId, kind);
  unstored.delete(key);
  try {
    if (text) storage().setItem(key, text);
    else storage().removeItem(key);
  } catch {
    unstored.set(key, text);
  }
  writes.set(writes.get() + 1);
}

/** Put a text that was not sent before what was typed since. */
export function putBack(ticketId, kind, text) {
  const typed = draftOf(ticketId, kind);
  setDraft(ticketId, kind, typed ? `${text}\n\n${typed}` : text);
}

/** Return [text, setText] of a draft. */
export function useDraft(ticketId, kind) {
  useValue(writes);
  return [draftOf(ticketId, kind), (text) => setDraft(ticketId, kind, text)];
}
