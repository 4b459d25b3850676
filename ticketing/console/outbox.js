// Messages that were written and not yet acknowledged. They are stored, and sent again after a
// reload, under the same client_id: the service stores each once.
import { useEffect } from "preact/hooks";
import { newId, session } from "./api.js";
import { putBack, storage } from "./drafts.js";
import { connection, isOffline } from "./live.js";
import { useValue, value } from "./values.js";

const PREFIX = "outbox:";
const KEEP_SENT_MS = 10_000;               // its event, which replaces it, comes meanwhile

// { key, clientId, ticketId, text, ifLastSeq, writtenAt, state: "sending"|"sent"|"refused", error }
const messages = value([]);

const prefix = () => `${PREFIX}${session.get().user.id}:`;
function store(message) {
  try {
    storage().setItem(message.key, JSON.stringify(message));
  } catch {
    // There is no room: it is sent all the same, but by this page only.
  }
}

function change(message, fields) {
  const changed = messages.get().map((other) =>
    (other.clientId === message.clientId ? { ...other, ...fields } : other));
  messages.set(changed);
}

/** Send a message; rejects with an error that has `refused`, the message, if it is refused. */
export function send(ticketId, text, ifLastSeq) {
  const clientId = newId();
  const message = {
    key: prefix() + clientId, clientId, ticketId, text, ifLastSeq,
    writtenAt: new Date().toISOString(), state: "sending",
  };
  store(message);
  messages.set([...messages.get(), message]);
  return deliver(message);
}

async function deliver(message) {
  const { key, clientId, ticketId, text, ifLastSeq } = message;
  try {
    await connection.get().send(ticketId, text, { clientId, ifLastSeq });
    storage().removeItem(key);
    change(message, { state: "sent" });
    setTimeout(() => discard(message), KEEP_SENT_MS);
  } catch (error) {
    const refusal = { state: "refused", error: { code: error.code, message: error.message } };
    change(message, refusal);
    if (storage().getItem(key)) store({ ...message, ...refusal });
    throw Object.assign(error, { refused: message });
  }
}

/** Forget a message that was refused, or is shown from the ticket's history. */
export function discard(message) {
  storage().removeItem(message.key);
  messages.set(messages.get().filter(({ clientId }) => clientId !== message.clientId));
}

/** Put the text of a refused message back to where it was written, which `takenBack` tells. */
export function takeBack(message) {
  putBack(message.ticketId, "reply", message.text);
  discard(message);
  takenBack.set(message);
}
export const takenBack = value(null);

/** Read what an earlier page, or another tab, left, and send it. */
export function resume() {
  const known = new Set(messages.get().map(({ key }) => key));
  const isLeft = (key) => key.startsWith(prefix()) && !known.has(key);
  const left = Object.keys(storage()).filter(isLeft).map((key) => JSON.parse(storage().getItem(key)))
    .sort((one, other) => (one.writtenAt < other.writtenAt ? -1 : 1));
  messages.set([...messages.get(), ...left]);
  for (const message of left) if (message.state === "sending") deliver(message).catch(() => {});
}

// A tab that was closed meanwhile may have left some.
isOffline.on((isNow) => { if (!isNow && session.get()) resume(); });

/** The messages of a ticket; those whose `clientId` is in `known` are left out. */
export function useOutbox(ticketId, known) {
  const all = useValue(messages);
  const ofTicket = all.filter((message) => message.ticketId === ticketId);
  const seen = ofTicket.filter(({ clientId, state }) => state === "sent" && known.has(clientId));
  useEffect(() => seen.forEach(discard), [seen.length]);
  return ofTicket.filter(({ clientId }) => !known.has(clientId));
}
