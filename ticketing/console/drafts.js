// What was typed and not sent: one text for each user, ticket and kind, in this browser.
import { useEffect, useState } from "preact/hooks";
import { session } from "./api.js";

const SAVE_AFTER_MS = 300;

const keyOf = (ticketId, kind) => `draft:${session.get()?.user.id}:${ticketId}:${kind}`;
export const draftOf = (ticketId, kind) => localStorage.getItem(keyOf(ticketId, kind)) ?? "";

function save(key, text) {
  if (text.trim()) localStorage.setItem(key, text);
  else localStorage.removeItem(key);
}

/** Return [text, setText] of a draft; it is saved soon, and at once when the page goes. */
export function useDraft(ticketId, kind) {
  const key = keyOf(ticketId, kind);
  const [draft, setDraft] = useState({ key, text: draftOf(ticketId, kind) });
  // The key is kept with the text, so that a text can never be saved as another ticket's.
  const current = draft.key === key ? draft : { key, text: draftOf(ticketId, kind) };
  useEffect(() => {
    const now = () => save(current.key, current.text);
    const later = setTimeout(now, SAVE_AFTER_MS);
    addEventListener("pagehide", now);
    return () => {
      clearTimeout(later);
      removeEventListener("pagehide", now);
      now();
    };
  }, [current.key, current.text]);
  return [current.text, (text) => setDraft({ key, text })];
}
