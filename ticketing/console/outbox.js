// Messages that were written and not yet acknowledged. They are stored, and sent again after a
// reload, under the same client_id: the service stores each once.
import { useEffect } from "preact/hooks";
import { newId, session } from "./api.js";
import { connection } from "./live.js";
import { useValue, value } from "./values.js";

const PREFIX = "outbox:";
const KEEP_SENT_MS = 10_000;               // its event, which replaces it, comes meanwhile

// { clientId, ticketId, text, ifLastSeq, writtenAt, state: "sending"|"sent"|"refused", error }
const messages = value([]);

const keyOf = ({ clientId }) => `${PREFIX}${session.get().user.id}:${clientId}`;
const store = (message) => localStorage.setItem(keyOf(message), JSON.stringify(message));

function change(message, fields) {
  const changed = messages.get().map((other) =>
    (other.clientId === message.clientId ? { ...other, ...fields } : other));
  messages.set(changed);
}

/** Send a message; rejects with an error that has `refused`, the message, if it is refused. */
export function send(ticketId, text, ifLastSeq) {
  const message = {
    clientId: newId(), ticketId, text, ifLastSeq, writtenAt: new Date().toISOString(),
    state: "sending",
  };
  store(message);
  messages.set([...messages.get(), message]);
  return deliver(message);
}

async function deliver(message) {
  const { clientId, ticketId, text, ifLastSeq } = message;
  const key = keyOf(message);
  try {
    await connection.get().send(ticketId, text, { clientId, ifLastSeq });
    localStorage.removeItem(key);
    change(message, { state: "sent" });
    setTimeout(() => discard(message), KEEP_SENT_MS);
  } catch (error) {
    const { code, message: why } = error;
    change(message, { state: "refused", error: { code, message: why } });
    if (localStorage.getItem(key)) store(messages.get().find((it) => it.clientId === clientId));
    throw Object.assign(error, { refused: message });
  }
}

/** Forget a message that was refused, or is shown from the ticket's history. */
export function discard(message) {
  localStorage.removeItem(keyOf(message));
  messages.set(messages.get().filter(({ clientId }) => clientId !== message.clientId));
}

/** A refused message whose text goes back to where it was written: { ticketId, text }. */
export const takenBack = value(null);
export function takeBack(message) {
  discard(message);
  takenBack.set(message);
}

/** Read what an earlier page left, and send it. */
export function resume() {
  const prefix = `${PREFIX}${session.get().user.id}:`;
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  const left = keys.map((key) => JSON.parse(localStorage.getItem(key)));
  messages.set(left.sort((one, other) => (one.writtenAt < other.writtenAt ? -1 : 1)));
  for (const message of left) if (message.state === "sending") deliver(message).catch(() => {});
}

/** The messages of a ticket; those whose `clientId` is in `known` are left out. */
export function useOutbox(ticketId, known) {
  const all = useValue(messages);
  const ofTicket = all.filter((message) => message.ticketId === ticketId);
  const seen = ofTicket.filter(({ clientId, state }) => state === "sent" && known.has(clientId));
  useEffect(() => seen.forEach(discard), [seen.length]);
  return ofTicket.filter(({ clientId }) => !known.has(clientId));
}
