// What a ticket's screen shows, folded from the rows of its history. The only place that knows
// the names of events. A state is never changed: fold returns another one.
//   { ticket, entries, comments, read: { customer, support }, seq }
// An entry: { key, kind, id, user, actorId, text, changes, after, clientId, seq, internal, at }
//   kind: "message", "comment", "note" or "change"; `after` is the ticket after a change.
// `comments` holds by id what was edited or deleted since, which may be known before the comment
//   itself: { text, isDeleted, actorId }. `read` says to where, and when: { upTo, at }.

const UNREAD = { upTo: 0 };

/** The state of a ticket, as `GET /tickets/{id}` returned it, before any event. */
export const begin = (ticket) =>
  ({ ticket, entries: [], comments: {}, read: { customer: UNREAD, support: UNREAD }, seq: 0 });

/** The ticket was loaded again. */
export const renew = (state, ticket) => ({ ...state, ticket });

const HANDLERS = {
  "ticket.created": (state) => state,       // its description is shown from the ticket
  "ticket.updated": changeTicket,
  "ticket.tagged": (state, { tags }) => ({ ...state, ticket: { ...state.ticket, tags } }),
  "message.sent": (state, message, event) => insert(state, {
    ...entryOf(event), key: `m${message.id}`, kind: "message", id: message.id,
    user: message.user, text: message.message, clientId: message.client_id,
  }),
  "message.read": (state, { side, up_to: upTo, read_at: at }) => (upTo < state.read[side].upTo
    ? state : { ...state, read: { ...state.read, [side]: { upTo, at } } }),
  "comment.added": (state, comment, event) => insert(state, {
    ...entryOf(event), key: `c${comment.id}`, kind: comment.internal ? "note" : "comment",
    id: comment.id, user: comment.user, text: comment.content,
  }),
  "comment.edited": (state, { id, content }) => revise(state, id, { text: content }),
  "comment.deleted": (state, { id }, { actor_id }) =>
    revise(state, id, { isDeleted: true, actorId: actor_id }),
};

/** Return the state after an event; unknown ones change nothing. */
export function fold(state, payload, event) {
  const handle = HANDLERS[event.name] ?? ((same) => same);
  const next = handle(state, payload, event);
  return event.internal ? next : { ...next, seq: Math.max(state.seq, event.seq) };
}

const entryOf = ({ seq, internal = false, actor_id, created_at }) =>
  ({ seq, internal, actorId: actor_id, at: created_at });

function changeTicket(state, { changes, ...ticket }, event) {
  const key = `e${event.seq}`;
  const entry = { ...entryOf(event), key, kind: "change", changes, after: ticket };
  const next = insert(state, entry);
  // What happened before the ticket was loaded is part of it already.
  const isOld = event.seq <= Math.max(state.seq, state.ticket.last_seq);
  return isOld ? next : { ...next, ticket: { ...state.ticket, ...ticket } };
}

function revise(state, id, revision) {
  const known = state.comments[id] ?? {};
  return { ...state, comments: { ...state.comments, [id]: { ...known, ...revision } } };
}

// By time; at one moment what is public comes first.
const isAfter = (one, other) =>
  one.at > other.at ||
  (one.at === other.at &&
    (one.internal === other.internal ? one.seq > other.seq : one.internal));

function insert(state, entry) {
  const { entries } = state;
  if (entries.some(({ key }) => key === entry.key)) return state;
  let at = entries.length;
  while (at > 0 && isAfter(entries[at - 1], entry)) at--;
  return { ...state, entries: [...entries.slice(0, at), entry, ...entries.slice(at)] };
}

/** Return the entries as they are now: with what was edited, without what was deleted. */
export const shown = ({ entries, comments }) => entries.map((entry) => {
  const revision = entry.kind !== "message" && comments[entry.id];
  return revision ? { ...entry, isEdited: true, ...revision } : entry;
});
