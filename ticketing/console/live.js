// The one connection: what changed, who is there, and whether the service can be reached.
import { useEffect, useRef } from "preact/hooks";
import { io } from "socket.io-client";
import { connect } from "ticketing";
import { call, connects, session, setUser } from "./api.js";
import { value } from "./values.js";

const OFFLINE_AFTER_MS = 1500;             // shorter gaps are not worth a word
const RELOAD_AFTER_MS = 300;               // after an event: more of them may follow
const RELOAD_INTERVAL_MS = 2000;
const POLL_MS = 30_000;                    // while there is no connection
const RETRY_MS = 1000;
// Not polling first: it needs the same process each time, and not every deployment offers it.
const TRANSPORTS = { transports: ["websocket", "polling"], tryAllTransports: true };
const OPTIONS = { ...TRANSPORTS, reconnectionDelay: 500 };     // within OFFLINE_AFTER_MS, mostly

export const isOffline = value(false);
export const refusal = value("");          // why the service refuses a connection
export const unread = value(0);            // messages to this user, as the service counts them
export const presence = value({});         // users by ticket id: admins who look at it
export const deleted = value([]);          // ids of tickets that were deleted while one looked
/** The connection; null while nobody is signed in. */
export const connection = value(null);

const changed = new Set();                 // who reloads when tickets changed
let userId;
let offlineSoon;

session.on(start);
start(session.get());
setInterval(() => connection.get()?.socket.connected === false && notify(), POLL_MS);

function start(current) {
  const client = connection.get();
  if (current?.user.id === userId) {
    // A new token after the old one was refused: go on where it stopped.
    if (current && !current.hasEnded && client && !client.socket.active) client.reconnect();
    return;
  }
  client?.socket.disconnect();
  userId = current?.user.id;
  presence.set({});
  unread.set(0);
  connection.set(current ? open() : null);
}

function open() {
  const client = connect(io, location.origin, () => session.get().token, OPTIONS);
  const { socket } = client;
  client.lobby({
    onConnect: () => {
      setOffline(false);
      refusal.set("");
      connects.set(connects.get() + 1);
      presence.set({});                    // the service tells it to who connects
      catchUp(client).catch(() => {});     // at the next connection, then
      notify();
    },
    onTicket: notify,
    onActivity: notify,
    onUnread: ({ unread_count }) => { unread.set(unread_count); notify(); },
    onPresence: ({ ticket_id, users }) =>
      presence.set({ ...presence.get(), [ticket_id]: users }),
  });
  socket.on("ticket.deleted", ({ id }) => deleted.set([...deleted.get(), id]));
  socket.on("disconnect", () => setOffline(true));
  socket.on("connect_error", ({ data }) => {
    setOffline(true);
    refusal.set(data?.message ?? "");
    if (data?.code === "unauthenticated") verify(client).catch(() => {});
  });
  return client;
}

/** Find out what is not told again: who one is, what is unread. */
async function catchUp(client) {
  const before = unread.get();
  const [user, { unread_count: count }] = await Promise.all([
    call("GET", "/me"), call("GET", "/messages/unread-count"),
  ]);
  if (client !== connection.get()) return;               // signed out meanwhile
  if (JSON.stringify(user) !== JSON.stringify(session.get().user)) setUser(user);
  if (unread.get() === before) unread.set(count);        // else one was told that is newer
}

/** The token was refused: ask for the password, unless it is accepted after all. */
async function verify(client) {
  await call("GET", "/me");
  const reconnect = () => client === connection.get() && !client.socket.active && client.reconnect();
  setTimeout(reconnect, RETRY_MS);
}

function setOffline(isNow) {
  if (isNow) {
    offlineSoon ??= setTimeout(() => isOffline.set(true), OFFLINE_AFTER_MS);
    return;
  }
  clearTimeout(offlineSoon);
  offlineSoon = undefined;
  isOffline.set(false);
}

function notify() {
  for (const listener of [...changed]) listener();
}

/**
 * Call `reload`, a promise, soon after any ticket changed: 300 ms after the first change, 2 s after
 * the last call at the earliest; while the tab is hidden not at all, and then at once.
 */
export function useChanges(reload) {
  const latest = useRef();
  latest.current = reload;
  useEffect(() => {
    let later;                             // set until the reload it stands for has ended
    let isDue = false;                     // something changed since the last reload began
    let last = 0;
    const run = async () => {
      if (!document.hidden) {
        isDue = false;
        await latest.current();
        last = Date.now();
      }
      later = undefined;
      if (isDue && !document.hidden && changed.has(soon)) soon();
    };
    const soon = () => {
      isDue = true;
      later ??= setTimeout(run, Math.max(RELOAD_AFTER_MS, last + RELOAD_INTERVAL_MS - Date.now()));
    };
    const show = () => {
      if (document.hidden || !isDue) return;
      clearTimeout(later);
      run();
    };
    changed.add(soon);
    document.addEventListener("visibilitychange", show);
    return () => {
      clearTimeout(later);
      changed.delete(soon);
      document.removeEventListener("visibilitychange", show);
    };
  }, []);
}
