// Answers and internal notes that were written and not yet acknowledged. They are stored, and
// sent again after a reload, under the same client_id: the service stores each once.
import { call, newId, session } from "./api.js";
import { filesOf, putBack, setFiles, storage } from "./drafts.js";
import { connection, isOffline } from "./live.js";
import { toast } from "./ui.js";
import { useValue, value } from "./values.js";
import { t } from "./words.js";

const PREFIX = "outbox:";
const KEEP_SENT_MS = 10_000;               // its event, which replaces it, comes meanwhile
const RETRY_MS = 1000;

// { key, clientId, ticketId, kind: "reply"|"note", text, files, ifLastSeq, resolves, since,
//   writtenAt, state: "sending"|"sent"|"refused", error }
const messages = value([]);

const prefix = () => `${PREFIX}${session.get().user.id}:`;
const store = (message) => storage().set(message.key, JSON.stringify(message));

/** On a shared computer: how many would be lost if their writer signed out. */
export const countUnsent = () => (session.get().isShared
  ? messages.get().filter(({ state }) => state !== "sent").length : 0);

function change(message, fields) {
  const changed = messages.get().map((other) =>
    (other.key === message.key ? { ...other, ...fields } : other));
  messages.set(changed);
}

/**
 * Send { ticketId, kind, text, files }; the files are uploaded. An answer has `ifLastSeq`, and
 * `resolves` if it is to resolve the ticket; a note has `since`, the staff's last seq before it,
 * to be known again by. Rejects with an error that has `refused`, the message, if it is refused.
 */
export function send(written) {
  const clientId = newId();
  const message = {
    key: prefix() + clientId, clientId, ...written,
    writtenAt: new Date().toISOString(), state: "sending",
  };
  store(message);
  messages.set([...messages.get(), message]);
  return deliver(message);
}

/** Deliver a message in order, in one tab at a time of those that have a connection. */
async function deliver(message) {
  await connected(connection.get());
  const attempt = async () => {
    const isShown = messages.get().some(({ key }) => key === message.key);
    const found = isShown && JSON.parse(storage().get(message.key));
    if (!found) return drop(message);      // it is sent, or its writer has signed out
    if (found.state === "sending") return transfer(message);
    change(message, found);
    throw Object.assign(new Error(), { code: found.error.code, events: [], refused: found });
  };
  const run = () => new Promise((done, refuse) => {
    const stop = connection.on(done);      // what waits for a connection ends with the session
    attempt().then(done, refuse).finally(stop);
  });
  const lock = `${PREFIX}${message.ticketId}:${message.kind}`;
  // Locks are there in secure contexts only.
  return navigator.locks?.request(lock, run) ?? run();
}

async function transfer(message) {
  const client = connection.get();         // that of another user never connects again
  const { ticketId, text, clientId, ifLastSeq } = message;
  const fileIds = idsOf(message);
  try {
    if (message.kind === "note") await addNote(client, message);
    else await client.send(ticketId, text, { clientId, ifLastSeq, fileIds });
    change(message, { state: "sent" });
  } catch (error) {
    const { code, message: why, errors } = error;
    const refusal = { state: "refused", error: { code, message: why } };
    if (errors?.file_ids) {                // kept too long, or sent otherwise
      refusal.error.message = t("Its files are not there any more. Add them again.");
      refusal.files = [];
    }
    change(message, refusal);
    if (storage().get(message.key)) store({ ...message, ...refusal });
    throw Object.assign(error, { refused: message });
  }
  if (message.resolves) {
    await resolve(client, ticketId).catch((error) => toast(t("Not solved: {why}", { why: error.message })));
  }
  storage().remove(message.key);
  setTimeout(() => discard(message), KEEP_SENT_MS);
}

const idsOf = ({ files = [] }) => files.map(({ id }) => id);

function addNote(client, { clientId, ticketId, text: content, ...message }) {
  const body = { content, internal: true, file_ids: idsOf(message) };
  const options = { body, headers: { "Idempotency-Key": clientId } };
  return insist(client, "POST", `/tickets/${ticketId}/comments`, options);
}

/** Resolve a ticket, unless the customer has answered meanwhile. */
async function resolve(client, ticketId) {
  const path = `/tickets/${ticketId}`;
  const { waiting_on: waitingOn } = await insist(client, "GET", path);
  if (waitingOn === "customer") await insist(client, "PATCH", path, { body: { status: "resolved" } });
}

const connected = ({ socket }) =>
  socket.connected || new Promise((done) => socket.once("connect", done));

/** Call the API while there is a connection, until there is an answer that will not change. */
async function insist(client, method, path, options) {
  for (;;) {
    await connected(client);
    try {
      return await call(method, path, options);
    } catch (error) {
      const mayChange = [0, 401, 429, 500, 502, 503, 504].includes(error.status);
      if (!mayChange) throw error;
      await new Promise((done) => setTimeout(done, RETRY_MS + error.retryAfter * 1000));
    }
  }
}

const drop = ({ key }) => messages.set(messages.get().filter((message) => message.key !== key));

/** Forget a message that was refused, or is shown from the ticket's history. */
export function discard(message) {
  storage().remove(message.key);
  drop(message);
}
addEventListener("storage", ({ key, newValue }) => {   // by another tab
  if (newValue === null && key?.startsWith(PREFIX)) drop({ key });
});

/** Put a refused message back to where it was written, which `takenBack` tells. */
export function takeBack(message) {
  const { ticketId, kind, text, files = [] } = message;
  putBack(ticketId, kind, text);
  setFiles(ticketId, kind, [...files, ...filesOf(ticketId, kind)]);
  discard(message);
  takenBack.set(message);
}
export const takenBack = value(null);

/** Read what an earlier page, or another tab, left, and send it. */
export function resume() {
  const known = new Set(messages.get().map(({ key }) => key));
  const isLeft = (key) => key.startsWith(prefix()) && !known.has(key);
  const left = storage().keys().filter(isLeft).map((key) => JSON.parse(storage().get(key)))
    .sort((one, other) => (one.writtenAt < other.writtenAt ? -1 : 1));
  messages.set([...messages.get(), ...left]);
  for (const message of left) if (message.state === "sending") deliver(message).catch(() => {});
}

// A tab that was closed meanwhile may have left some.
isOffline.on((isNow) => { if (!isNow && session.get()) resume(); });

// Of who signed out nothing is shown, nor sent by who signs in next.
connection.on(() => messages.set([]));

/** The messages of a ticket that are not among its `entries` yet. */
export function useOutbox(ticketId, entries) {
  const { user: { id } } = session.get();
  const isNote = ({ since, ...message }) => (entry) => entry.kind === "note" &&
    entry.user.id === id && entry.seq > since && entry.text === message.text &&
    idsOf(entry).join() === idsOf(message).join();
  const isSame = (message) => (message.kind === "note" ? isNote(message)
    : ({ clientId }) => clientId === message.clientId);
  return useValue(messages).filter((message) =>
    message.ticketId === ticketId && !entries.some(isSame(message)));
}
