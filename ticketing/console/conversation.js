// What a ticket's screen shows, folded from the rows of its history. The only place that knows
// the names of events. A state is never changed: fold returns another one.
//   { ticket, entries, comments, read: { customer, support }, seq, isDeleted }
// An entry: { key, kind, id, user, actorId, text, changes, clientId, seq, internal, createdAt }
//   kind: "message", "comment", "note" or "change"; `comments` holds by id what was edited or
//   deleted since, which may be known before the comment itself: { text, isDeleted, actorId }.

/** The state of a ticket, as `GET /tickets/{id}` returned it, before any event. */
export const begin = (ticket) =>
  ({ ticket, entries: [], comments: {}, read: { customer: 0, support: 0 }, seq: 0 });

const HANDLERS = {
  "ticket.created": (state) => state,       // its description is shown from the ticket
  "ticket.updated": changeTicket,
  "ticket.tagged": (state, { tags }) => ({ ...state, ticket: { ...state.ticket, tags } }),
  "message.sent": (state, message, event) => insert(state, {
    ...entryOf(event), key: `m${message.id}`, kind: "message", id: message.id,
    user: message.user, text: message.message, clientId: message.client_id,
  }),
  "message.read": (state, { side, up_to }) =>
    ({ ...state, read: { ...state.read, [side]: Math.max(state.read[side], up_to) } }),
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
  ({ seq, internal, actorId: actor_id, createdAt: created_at });

function changeTicket(state, { changes, ...ticket }, event) {
  const key = `e${event.seq}`;
  const next = insert(state, { ...entryOf(event), key, kind: "change", changes });
  // One of an older page tells what the ticket was.
  return event.seq < state.seq ? next : { ...next, ticket: { ...state.ticket, ...ticket } };
}

function revise(state, id, revision) {
  const known = state.comments[id] ?? {};
  return { ...state, comments: { ...state.comments, [id]: { ...known, ...revision } } };
}

// By time; at one moment what is public comes first.
const isAfter = (one, other) =>
  one.createdAt > other.createdAt ||
  (one.createdAt === other.createdAt &&
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
