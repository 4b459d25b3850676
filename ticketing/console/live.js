// The one connection: what changed, who is there, and whether the service can be reached.
import { useEffect, useRef } from "preact/hooks";
import { io } from "socket.io-client";
import { connect } from "ticketing";
import { session } from "./api.js";
import { value } from "./values.js";

const OFFLINE_AFTER_MS = 1500;             // shorter gaps are not worth a word
const RELOAD_AFTER_MS = 300;               // after an event: more of them may follow
const RELOAD_INTERVAL_MS = 2000;

export const isOffline = value(false);
export const unread = value(0);            // messages to this user, as the service counts them
export const presence = value({});         // users by ticket id: admins who look at it
/** The connection; null while nobody is signed in. */
export const connection = value(null);

const changed = new Set();                 // who reloads when tickets changed
let userId;
let offlineSoon;

session.on(start);
start(session.get());

function start(current) {
  const client = connection.get();
  if (current?.user.id === userId) {
    // A new token after the old one was refused: go on where it stopped.
    if (current && !current.hasEnded && client && !client.socket.connected) client.reconnect();
    return;
  }
  client?.socket.disconnect();
  userId = current?.user.id;
  presence.set({});
  unread.set(0);
  connection.set(current ? open() : null);
}

function open() {
  const client = connect(io, location.origin, () => session.get().token);
  const { socket } = client;
  client.lobby({
    onConnect: () => { setOffline(false); notify(); },
    onTicket: notify,
    onActivity: notify,
    onUnread: ({ unread_count }) => { unread.set(unread_count); notify(); },
    onPresence: ({ ticket_id, users }) =>
      presence.set({ ...presence.get(), [ticket_id]: users }),
  });
  socket.on("disconnect", () => setOffline(true));
  socket.on("connect_error", () => setOffline(true));
  return client;
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

/** Call `reload` soon after any ticket changed, and seldom enough; never while hidden. */
export function useChanges(reload) {
  const latest = useRef();
  latest.current = reload;
  useEffect(() => {
    let later;
    let last = 0;
    let isWaiting = false;
    const run = () => {
      isWaiting = document.hidden;
      if (isWaiting) return;
      last = Date.now();
      latest.current();
    };
    const soon = () => {
      clearTimeout(later);
      later = setTimeout(run, Math.max(RELOAD_AFTER_MS, last + RELOAD_INTERVAL_MS - Date.now()));
    };
    const show = () => isWaiting && run();
    changed.add(soon);
    document.addEventListener("visibilitychange", show);
    return () => {
      clearTimeout(later);
      changed.delete(soon);
      document.removeEventListener("visibilitychange", show);
    };
  }, []);
}
