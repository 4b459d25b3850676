// What was typed and not sent: one text for each user, ticket and kind, in this browser.
import { session } from "./api.js";
import { ofBrowser, ofTab } from "./storage.js";
import { useValue, value } from "./values.js";

const PREFIX = "draft:";
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
  const typed = draftOf(ticketId, kind);
  setDraft(ticketId, kind, typed ? `${text}\n\n${typed}` : text);
}

/** Return [text, setText] of a draft. */
export function useDraft(ticketId, kind) {
  useValue(writes);
  return [draftOf(ticketId, kind), (text) => setDraft(ticketId, kind, text)];
}
