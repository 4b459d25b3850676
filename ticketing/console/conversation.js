// What a ticket's screen shows, folded from the rows of its history. The only place that knows
// the names of events. A state is never changed: fold returns another one.
// Events may come more than once and, in pages, newer ones before older ones.
//   { entries, comments, read: { customer, support }, last, since }
// An entry: { key, kind, id, user, actorId, text, files, changes, after, clientId, seq, internal, at }
//   kind: "message", "comment", "note", "change", or "automatic" for what a rule or a clock did:
//   { name, payload } as the event has them. `after` is the ticket after a change.
// `comments` holds by id what was edited or deleted since, which may be known before the comment
//   itself: { text, isDeleted, deletedBy, editedIn }. `read` says to where, and when: { upTo, at }.
// Of the streams "public" and "staff": `last`, the newest seq; `since`, the time of the oldest.

const UNREAD = { upTo: 0 };

/** The state of a ticket before any event. */
export const EMPTY = {
  entries: [], comments: {}, read: { customer: UNREAD, support: UNREAD },
  last: { public: 0, staff: 0 }, since: {},
};

const automatic = (state, payload, event) => insert(state, {
  ...entryOf(event), key: `n${event.seq}`, kind: "automatic", name: event.name, payload,
});

const HANDLERS = {
  "ticket.updated": (state, { changes, ...ticket }, event) => insert(state, {
    ...entryOf(event), key: `e${event.seq}`, kind: "change", changes, after: ticket,
  }),
  "message.sent": (state, message, event) => insert(state, {
    ...entryOf(event), key: `m${message.id}`, kind: "message", id: message.id,
    user: message.user, text: message.message, files: message.files ?? [],
    clientId: message.client_id,
  }),
  "message.read": (state, { side, up_to: upTo, read_at: at }) => (upTo <= state.read[side].upTo
    ? state : { ...state, read: { ...state.read, [side]: { upTo, at } } }),
  "comment.added": (state, comment, event) => insert(state, {
    ...entryOf(event), key: `c${comment.id}`, kind: comment.internal ? "note" : "comment",
    id: comment.id, user: comment.user, text: comment.content, files: comment.files ?? [],
  }),
  "comment.edited": (state, { id, content }, { seq }) => (seq < state.comments[id]?.editedIn
    ? state : revise(state, id, { text: content, editedIn: seq })),
  "comment.deleted": (state, { id }, { actor_id }) =>
    revise(state, id, { files: [], isDeleted: true, deletedBy: actor_id }),
  "rule.applied": automatic, "sla.warning": automatic, "sla.missed": automatic,
};

/** Return the state after an event; unknown ones change nothing but where the stream is. */
export function fold(state, payload, event) {
  const next = HANDLERS[event.name]?.(state, payload, event) ?? state;
  const stream = event.internal ? "staff" : "public";
  const last = { ...state.last, [stream]: Math.max(state.last[stream], event.seq) };
  const isOldest = !(state.since[stream] <= event.created_at);
  const since = isOldest ? { ...state.since, [stream]: event.created_at } : state.since;
  return { ...next, last, since };
}

const entryOf = ({ seq, internal = false, actor_id, created_at }) =>
  ({ seq, internal, actorId: actor_id, at: created_at });

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
  return revision ? { ...entry, isEdited: "editedIn" in revision, ...revision } : entry;
});
