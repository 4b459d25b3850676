// Ticketing's client: every event of a ticket exactly once and in order, and every
// message stored once, whatever happens to the connection. It needs only socket.io-client.
//   import { connect } from "./ticketing.js";
//   const client = connect(io, "https://help.example.org", () => token);
//   const ticket = client.follow(7, {
//     onEvent: (payload, event) => …,      // each row of the ticket's history, in order
//     onTyping: ({ user, typing }) => …, onPresence: ({ users }) => …, onError: (error) => …,
//     onState: (state) => …,               // connecting, catching up, live, refused, ended
//   }, { after: 0 });                      // the last seq you have shown; admins: staffAfter too
//   await ticket.send("Hello");            // once stored; throws an error with `code`, `events`
//   ticket.typing(true); ticket.read(messageId); ticket.seq; ticket.staffSeq; ticket.leave();
//   client.send(7, "Hello", { clientId, ifLastSeq, fileIds });  // whether or not you follow it
//   client.lobby({ onTicket, onUnread, onActivity, onPresence, onConnect });
// Open a long ticket near its end, with `{ after: Math.max(0, last_seq - 50) }`: a join brings
// 100 events at most. When the token was refused, get a new one and call `client.reconnect()`.

const TIMEOUT_MS = 5000;                  // for an acknowledgement; doubled when it is late
const MAX_TIMEOUT_MS = 120_000;
const MAX_JOINS = 4;                      // unanswered, on one connection
const JOIN_INTERVAL_MS = 100;             // half of what a server allows by default
const BUSY_INTERVAL_MS = 2000;            // after one was refused: other pages join too
const RETRY_MS = 1000;                    // before a failed call is repeated
const TYPING_INTERVAL_MS = 2000;          // between two notices that the user is typing
const TYPING_ENDS_MS = 4000;              // after the last call that says so
const RETRIED = new Set(["unavailable", "internal_error", "too_many_requests", "unauthenticated"]);
const LOBBY_HANDLERS = { connect: "onConnect", presence: "onPresence", "unread.changed": "onUnread",
  "ticket.activity": "onActivity", "ticket.created": "onTicket", "ticket.updated": "onTicket",
  "ticket.deleted": "onTicket" };
const seqOf = ({ internal }) => (internal ? "staffSeq" : "seq");

/** Connect; `token` returns a current token whenever the connection is made anew. */
export function connect(io, url, token, options = {}) {
  const current = async () => ({ token: await token() });
  const auth = (give) => current().catch(() => ({})).then(give);  // none: it will be refused
  return new Client(io(url, { ...options, auth }));
}

class Client {
  constructor(socket) {
    Object.assign(this, { socket, tickets: new Set(), lastSends: new Map(), calls: 0, refusals: 0,
      timeout: TIMEOUT_MS, interval: JOIN_INTERVAL_MS, waiting: new Set(), joining: new Set() });
    const connectAgain = () => setTimeout(() => socket.connect(), RETRY_MS * Math.min(++this.refusals, 30));
    socket.on("connect", () => { this.refusals = 0; this.tickets.forEach((ticket) => ticket.catchUp()); });
    socket.on("disconnect", (reason) => {
      this.tickets.forEach((ticket) => ticket.setState("connecting"));
      if (reason === "io server disconnect") connectAgain();
    });
    socket.on("connect_error", ({ data }) => {             // without data, socket.io retries
      if (data?.code !== "unauthenticated") return data && connectAgain();
      this.tickets.forEach((ticket) => ticket.setState("refused", data));
    });
    socket.onAny((...received) => this.tickets.forEach((ticket) => ticket.receive(...received)));
  }

  follow(id, handlers, from) { return new Ticket(this, id, handlers, from); }
  reconnect() { this.socket.disconnect().connect(); }
  lobby(handlers) {
    for (const [name, handler] of Object.entries(LOBBY_HANDLERS)) {
      this.socket.on(name, (data, event) => handlers[handler]?.(data, event));
    }
  }

  /** Send a message, repeatedly until it is acknowledged; it is stored once. */
  send(ticket_id, message, { clientId = `${Date.now()}-${Math.random()}`, ifLastSeq, fileIds } = {}) {
    const payload = { message, client_id: clientId, if_last_seq: ifLastSeq, file_ids: fileIds };
    const previous = this.lastSends.get(ticket_id) ?? Promise.resolve();
    const sent = previous.catch(() => {}).then(() => this.call("message.send", { ticket_id, ...payload }));
    this.lastSends.set(ticket_id, sent);                   // one after another
    return sent;
  }

  async call(name, payload) {             // until there is an answer that will not change
    for (;;) {
      if (!this.socket.connected) await new Promise((done) => this.socket.once("connect", done));
      this.calls++;
      const { data, error } = await this.ask(name, payload);
      this.calls--;
      this.joinNext();
      if (data) return data;
      if (!RETRIED.has(error.code)) throw Object.assign(new Error(error.message), error);
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  }

  async ask(name, payload) {              // returns an answer, whatever happens
    const timeout = this.timeout;
    try {
      return await this.socket.timeout(timeout).emitWithAck(name, payload);
    } catch {                             // on a slow line a second call would only add to it
      if (this.socket.connected) this.timeout = Math.min(2 * timeout, MAX_TIMEOUT_MS);
      return { error: { code: "unavailable", message: "No answer." } };
    }
  }

  async joinNext() {                      // a few at a time; during a call, one
    const ticket = [...this.waiting].find((waiting) => !this.joining.has(waiting));
    const isBusy = this.isPausing || this.joining.size >= (this.calls ? 1 : MAX_JOINS);
    if (!ticket || isBusy || !this.socket.connected) return;
    this.waiting.delete(ticket);
    this.joining.add(ticket);
    this.isPausing = true;
    setTimeout(() => { this.isPausing = false; this.joinNext(); }, this.interval);
    const { id, seq, staffSeq } = ticket;
    const ack = await this.ask("join", { ticket_id: id, after: seq, staff_after: staffSeq });
    this.joining.delete(ticket);
    this.interval = ack.error?.code === "too_many_requests" ? BUSY_INTERVAL_MS : JOIN_INTERVAL_MS;
    ticket.joined(ack);
    this.joinNext();
  }
}

class Ticket {
  constructor(client, id, handlers = {}, { after = 0, staffAfter } = {}) {
    Object.assign(this, { client, id, handlers, seq: after, staffSeq: staffAfter, quietUntil: 0 });
    client.tickets.add(this);
    this.setState("connecting");
    this.catchUp();
  }

  send(message, options) {
    this.typing(false);
    return this.client.send(this.id, message, options);
  }
  read(up_to) { return this.client.call("message.read", { ticket_id: this.id, up_to }); }

  typing(isTyping) {                      // now, or when the interval is over
    const wait = this.quietUntil - performance.now();
    clearTimeout(this.later);
    const delay = isTyping ? TYPING_ENDS_MS : wait;
    if (delay > 0) this.later = setTimeout(() => this.typing(false), delay);
    if (wait > 0 || !(isTyping || this.wasTyping)) return;
    this.emit("typing", { typing: isTyping });
    this.wasTyping = isTyping;
    this.quietUntil = performance.now() + TYPING_INTERVAL_MS;
  }

  /** Stop following; resolves when every message that was sent is stored or refused. */
  async leave() {
    const ofTicket = [...this.client.tickets].filter(({ id }) => id === this.id);
    if (ofTicket.length === 1) this.emit("leave");         // else others would hear no more
    this.end();
    await this.client.lastSends.get(this.id)?.catch(() => {});
  }

  get isActive() { return this.client.socket.connected && this.state !== "ended"; }
  emit(name, payload) {
    if (this.isActive) this.client.socket.emit(name, { ticket_id: this.id, ...payload });
  }
  handle(handler, ...args) {              // soon: what it throws must stop nothing here
    queueMicrotask(() => this.handlers[handler]?.(...args));
  }

  setState(state, error) {
    if (this.state === state || this.state === "ended") return;
    this.state = state;
    this.handle("onState", state);
    if (error) this.handle("onError", error);
  }

  receive(name, data, event) {
    if ((event ?? data)?.ticket_id !== this.id) return;
    if (event?.seq) this.add({ ...event, payload: data });
    else if (name === "ticket.deleted") this.end();
    else if (name === "sync" && data.last_seq > this[seqOf(data)]) this.catchUp();
    else if (name === "typing") this.handle("onTyping", data);
    else if (name === "presence") this.handle("onPresence", data);
  }

  add({ payload, ...event }) {            // what is known is dropped, what is missing fetched
    const last = this[seqOf(event)];      // undefined: notes are not wanted
    if (event.seq > last + 1) this.catchUp();
    if (event.seq !== last + 1) return;
    this[seqOf(event)] = event.seq;
    this.handle("onEvent", payload, event);
  }

  catchUp() {
    if (!this.isActive) return;
    this.setState("catching up");
    this.client.waiting.add(this);
    this.client.joinNext();
  }

  joined({ data, error }) {
    if (!this.isActive) return;
    if (error && !RETRIED.has(error.code)) return this.end(error);
    if (error) return setTimeout(() => this.catchUp(), RETRY_MS);
    const { events, has_more, staff } = data;
    for (const entry of [...events, ...(staff?.events ?? [])]) this.add(entry);
    if (staff?.users) this.handle("onPresence", { ticket_id: this.id, users: staff.users });
    if (has_more || (this.staffSeq !== undefined && staff.has_more)) this.catchUp();
    else if (!this.client.waiting.has(this)) this.setState("live");
  }

  end(error) {
    this.setState("ended", error);
    this.client.tickets.delete(this);
    this.client.waiting.delete(this);
  }
}
