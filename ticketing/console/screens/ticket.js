// One ticket, for both roles: what surrounds its timeline, and how it is followed.
import { useEffect, useRef, useState } from "preact/hooks";
import { call, newId, useLoaded } from "../api.js";
import { begin, fold, renew } from "../conversation.js";
import { useKeys } from "../keys.js";
import { connection } from "../live.js";
import { announce, Failed, Heading, html, Loaded } from "../ui.js";
import { useValue } from "../values.js";
import { list, t } from "../words.js";
import { statusWords } from "./my_tickets.js";
import { Composer } from "./composer.js";
import { Panel } from "./panel.js";
import { Rating } from "./rating.js";
import { Timeline } from "./timeline.js";

const RECENT = 50;                         // entries that a ticket is opened with
const TYPING_WORDS_MS = 10_000;            // between two announcements of who types

export function TicketScreen({ id, ...rest }) {
  const loaded = useLoaded(`/tickets/${id}`);
  return html`<${Loaded} from=${loaded} key=${id}>
    ${(ticket) => html`<${Ticket} key=${id} loaded=${ticket} reload=${loaded.reload} ...${rest} />`}
  <//>`;
}

/**
 * Follow a ticket: its state, and the ways to change it. `ended` is why it can't be followed any
 * more; `users` are those who look at it, `typists` the names of those who write to it.
 */
function useTicket(loaded, reload, user) {
  const client = useValue(connection);
  const [state, setState] = useState(() => begin(loaded));
  const [ended, setEnded] = useState(null);
  const [users, setUsers] = useState([]);
  const [typists, setTypists] = useState({});
  const [isLive, setLive] = useState(false);
  const followed = useRef();
  const isAdmin = user.role === "admin";
  const [start] = useState(() => ({
    after: Math.max(0, loaded.last_seq - RECENT),
    ...(isAdmin && { staffAfter: Math.max(0, loaded.last_staff_seq - RECENT) }),
  }));
  useEffect(() => setState((old) => renew(old, loaded)), [loaded]);
  useEffect(() => {
    if (!client) return;
    const now = followed.current;          // after a reconnection: from where it was
    const from = now ? { after: now.seq, staffAfter: now.staffSeq } : start;
    followed.current = client.follow(loaded.id, {
      onEvent: (payload, event) => {
        setState((old) => fold(old, payload, event));
        setTypists(({ [event.actor_id]: done, ...others }) => others);
        if (event.name === "ticket.updated" && event.seq > loaded.last_seq) reload();
      },
      onError: (refused) => setEnded((old) => old && refused),  // told after the state
      onState: (is) => {
        if (is === "live") setLive(true);
        if (is === "ended") setEnded({ message: t("This ticket was deleted.") });
      },
      onPresence: ({ users: there }) => setUsers(there.filter(({ id }) => id !== user.id)),
      onTyping: ({ user: { id, name }, typing }) =>
        setTypists(({ [id]: gone, ...old }) => (typing ? { ...old, [id]: name } : old)),
    }, from);
    return () => { followed.current.leave(); };
  }, [client]);
  return { state, setState, start, followed, users, ended, isLive, typists: Object.values(typists) };
}

function Ticket({ loaded, reload, user, onResolved, leave }) {
  const live = useTicket(loaded, reload, user);
  const { ticket } = live.state;
  const isAdmin = user.role === "admin";
  const isOwn = ticket.user_id === user.id;
  const [refused, setRefused] = useState(null);
  const patch = async (changes, etag = loaded.headers.get("ETag")) => {
    setRefused(null);
    try {
      await call("PATCH", `/tickets/${ticket.id}`, { body: changes, headers: { "If-Match": etag } });
      await reload();
    } catch (error) {
      if (error.status === 412) await reload();
      setRefused({ changes, error });
    }
  };
  const resolve = async () => {
    await patch({ status: "resolved" });
    onResolved?.();
  };
  useTypingWords(live.typists);
  useKeys(isAdmin && {
    a: [t("Assign to me"), () => patch({ assigned_to: user.id })],
    e: [t("Resolve, and open the next one"), resolve],
    ...(leave && { u: [t("Back to the list"), leave], Escape: [t("Back to the list"), leave] }),
  });
  const openOrClosed = ["resolved", "closed"].includes(ticket.status);
  return html`<article class="ticket">
    <div class="ticket-head">
      <${Heading} title=${`#${ticket.id} ${ticket.subject}`}>${ticket.subject}<//>
      <p class="quiet">#${ticket.id} · ${ticket.category.name} · ${isAdmin
        ? ticket.user.name : statusWords(ticket)}${!isAdmin && ticket.assignee
        ? ` · ${ticket.assignee.name}` : ""}</p>
      ${live.users.length > 0 && html`<p class="presence" role="status">${presenceWords(live.users)}</p>`}
      ${isOwn && !openOrClosed && html`<button type="button" onClick=${resolve}>${t("It is solved")}</button>`}
      ${refused && html`<${Refused} ...${refused} ticket=${ticket}
        onAgain=${() => patch(refused.changes, "*")} />`}
    </div>
    ${isAdmin && html`<${Panel} ticket=${ticket} user=${user} patch=${patch} reload=${reload} />`}
    <${Timeline} live=${live} user=${user} isOwn=${isOwn} />
    ${isOwn && openOrClosed && html`<${Rating} ticket=${ticket} onRated=${reload} />`}
    ${live.ended ? html`<${Failed} error=${live.ended} />`
      : html`<${Composer} live=${live} user=${user} isOwn=${isOwn} patch=${patch} />`}
  </article>`;
}

const FIELDS = () => ({ status: t("Status"), priority: t("Priority"), subject: t("Subject"),
  category_id: t("Category"), assigned_to: t("Assignee"), description: t("Description") });

function Refused({ changes, error, onAgain }) {
  if (error.status !== 412) return html`<${Failed} error=${error} />`;
  const fields = list(Object.keys(changes).map((field) => FIELDS()[field]));
  return html`<div class="failed" role="alert">
    <p>${t("Somebody changed this ticket meanwhile; yours was not applied: {fields}.", { fields })}</p>
    <button type="button" onClick=${onAgain}>${t("Apply mine")}</button>
  </div>`;
}

function presenceWords(users) {
  const words = users.map(({ name, role, typing }) => {
    if (!typing) return t("{name} is reading", { name });
    return role === "admin" ? t("{name} is writing an answer", { name }) : t("{name} is typing…", { name });
  });
  return list(words);
}

function useTypingWords(typists) {
  const quietUntil = useRef(0);
  useEffect(() => {
    if (!typists.length || Date.now() < quietUntil.current) return;
    quietUntil.current = Date.now() + TYPING_WORDS_MS;
    announce(t("{name} is typing…", { name: typists[0] }));
  }, [typists.length]);
}
