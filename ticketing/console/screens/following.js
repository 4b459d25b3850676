// How a ticket is followed while it is on screen.
import { useEffect, useRef, useState } from "preact/hooks";
import { EMPTY, fold } from "../conversation.js";
import { connection } from "../live.js";
import { useValue } from "../values.js";
import { t } from "../words.js";

const RECENT = 50;                         // entries that a ticket is opened with
const RELOAD_AFTER_MS = 100;               // several events may come at once
const CHANGING = ["ticket.updated", "ticket.tagged", "message.sent", "comment.added", "comment.deleted",
  "sla.missed"];

export const MISSING = () => t("There is no such ticket, or it is not yours.");

/**
 * Follow a ticket: what is folded from its events, and the ticket, loaded again when they change
 * it. `ended` is why it can't be followed any more; `users` are those who look at it, `typists`
 * the names of those who write to it.
 */
export function useTicket(loaded, reload, user) {
  const client = useValue(connection);
  const [state, setState] = useState(EMPTY);
  const [ended, setEnded] = useState(null);
  const [users, setUsers] = useState([]);
  const [typists, setTypists] = useState({});
  const [isLive, setLive] = useState(false);
  const followed = useRef();
  const reloading = useRef();
  const isAdmin = user.role === "admin";
  const [start] = useState(() => ({
    after: startOf("e", loaded.last_seq),
    ...(isAdmin && { staffAfter: startOf("n", loaded.last_staff_seq) }),
  }));
  const add = (payload, event) => setState((old) => fold(old, payload, event));
  const reloadSoon = () => {
    clearTimeout(reloading.current);
    reloading.current = setTimeout(reload, RELOAD_AFTER_MS);
  };
  useEffect(() => {
    if (!client) return;
    const now = followed.current;          // after a reconnection: from where it was
    const from = now ? { after: now.seq, ...(isAdmin && { staffAfter: now.staffSeq ?? 0 }) } : start;
    let isLeft = false;                    // which ends it, too
    setEnded(null);
    followed.current = client.follow(loaded.id, {
      onEvent: (payload, event) => {
        add(payload, event);
        setTypists(({ [event.actor_id]: done, ...others }) => others);
        const isNew = event.seq > (event.internal ? loaded.last_staff_seq : loaded.last_seq);
        if (isNew && CHANGING.includes(event.name)) reloadSoon();
      },
      onError: () => setEnded((old) => old && { message: MISSING() }),
      onState: (is) => {
        setLive((was) => was || is === "live");
        if (is === "ended" && !isLeft) setEnded({ message: t("This ticket was deleted.") });
        if (is === "connecting") { setUsers([]); setTypists({}); }
      },
      onPresence: ({ users: there }) => setUsers(there.filter(({ id }) => id !== user.id)),
      onTyping: ({ user: { id, name }, typing }) =>
        setTypists(({ [id]: gone, ...old }) => (typing ? { ...old, [id]: name } : old)),
    }, from);
    return () => {
      isLeft = true;
      clearTimeout(reloading.current);
      followed.current.leave();
    };
  }, [client, isAdmin]);                   // who is no admin any more is refused the staff's events
  return {
    ticket: loaded, state, add, start, followed, users, ended, isLive, typists: Object.values(typists),
  };
}

/**
 * After which event a stream is shown: the recent ones are. From where the address links to an
 * entry, "#e7" or "#n7", they are too; of the other stream all, for these may have been before.
 */
function startOf(stream, last) {
  const [, linked, seq] = /^#([en])(\d+)$/.exec(location.hash) ?? [stream, stream, Infinity];
  return linked === stream ? Math.max(0, Math.min(last - RECENT, seq - 1)) : 0;
}
