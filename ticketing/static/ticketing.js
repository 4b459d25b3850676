// Ticketing's client: every event of a ticket exactly once and in order, and every
// message sent once, whatever happens to the connection. It needs only socket.io-client.
//   import { connect } from "./ticketing.js";
//   const client = connect(io, "https://help.example.org", () => token);
//   const ticket = client.follow(7, {
//     onEvent: (payload, event) => …,      // each row of the ticket's history, in order
//     onTyping: ({ user, typing }) => …, onState: (state) => …, onError: (error) => …,
//   }, { after: 0 });                      // the last seq you have shown; staffAfter too
//   await ticket.send("Hello");            // once stored; also typing(true), leave()

const TIMEOUT_MS = 5000;                  // for an acknowledgement; doubled when it is late
const MAX_TIMEOUT_MS = 120_000;
const MAX_JOINS = 4;                      // unanswered, on one connection
const JOIN_INTERVAL_MS = 100;             // half of what a server allows by default
const MAX_JOIN_INTERVAL_MS = 2000;        // when other pages of the same user join too
const REORDER_MS = 300;                   // for overtaken events to arrive after all
const RETRY_MS = 1000;                    // before a failed call is repeated
const FINAL = new Set(["not_found", "forbidden", "invalid"]);
const RETRIED = new Set(["unavailable", "internal_error", "too_many_requests", "unauthenticated"]);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Connect; `token` returns a current token whenever the connection is made anew. */
export function connect(io, url, token, options = {}) {
  const auth = async (give) => give({ token: await token() });
  const socket = io(url, { ...options, auth });
  const reconnect = () => setTimeout(() => socket.connect(), RETRY_MS);
  socket.on("disconnect", (reason) => reason === "io server disconnect" && reconnect());
  socket.on("connect_error", ({ data }) => data && data.code !== "unauthenticated" && reconnect());
  const connection = new Connection(socket);
  return { socket, follow: (id, handlers, from) => new Ticket(connection, id, handlers, from) };
}

class Connection {                        // what all tickets of one socket share
  constructor(socket) {
    Object.assign(this, { socket, timeout: TIMEOUT_MS, interval: JOIN_INTERVAL_MS,
      waiting: [], joining: 0, sending: 0, pausing: false });
  }

  async ask(name, payload) {              // returns an answer, whatever happens
    const timeout = this.timeout;
    try {
      return await this.socket.timeout(timeout).emitWithAck(name, payload);
    } catch {                             // on a slow line a second call would only add to it
      const longer = Math.min(2 * timeout, MAX_TIMEOUT_MS);
      if (this.socket.connected) this.timeout = Math.max(this.timeout, longer);
      return { error: { code: "unavailable", message: "No answer." } };
    }
  }

  async join(getPayload) {                // a few at a time; without a payload, not at all
    await new Promise((start) => { this.waiting.push(start); this.startNext(); });
    const payload = getPayload();
    const answer = payload ? await this.ask("join", payload) : {};
    this.interval = answer.error?.code === "too_many_requests"
      ? Math.min(2 * this.interval, MAX_JOIN_INTERVAL_MS)
      : Math.max(0.8 * this.interval, JOIN_INTERVAL_MS);
    this.joining -= 1;
    this.startNext();
    return answer;
  }

  async send(payload) {                   // meanwhile one join at a time
    this.sending++;
    const answer = await this.ask("message.send", payload);
    this.sending--;
    this.startNext();
    return answer;
  }

  startNext() {
    const isBusy = this.pausing || this.joining >= (this.sending ? 1 : MAX_JOINS);
    if (isBusy || !this.waiting.length) return;
    Object.assign(this, { joining: this.joining + 1, pausing: true });
    setTimeout(() => { this.pausing = false; this.startNext(); }, this.interval);
    this.waiting.shift()();
  }
}

class Stream {                            // one numbered sequence of events
  constructor(last, show) { Object.assign(this, { last, show, early: new Map() }); }

  add(entry) {                            // shows what is next, drops what is known
    if (entry.seq <= this.last) return;
    this.early.set(entry.seq, entry);
    for (let next; (next = this.early.get(this.last + 1)); ) {
      this.early.delete(++this.last);
      const { payload, ...event } = next;
      this.show(payload, event);
    }
  }

  get hasGap() { return this.early.size > 0; }
}

class Ticket {
  constructor(connection, id, handlers, { after = 0, staffAfter } = {}) {
    const { socket } = connection;
    const show = (payload, event) => handlers.onEvent?.(payload, event);
    Object.assign(this, { connection, socket, id, handlers, state: null, lastSend: null });
    this.public = new Stream(after, show);
    this.staff = new Stream(staffAfter ?? 0, show);
    this.hasStaff = staffAfter !== undefined;
    this.listeners = {
      connect: () => this.catchUp(),
      disconnect: () => this.setState("connecting"),
      typing: (data) => data.ticket_id === id && handlers.onTyping?.(data),
      sync: (data) => data.ticket_id === id && this.synchronise(data),
      "ticket.deleted": (data) => data.id === id && this.end(),
      connect_error: ({ data }) => data?.code === "unauthenticated" && this.end(data),
    };
    this.onAny = (_, payload, event) => event?.ticket_id === id && this.add(payload, event);
    for (const [name, listener] of Object.entries(this.listeners)) socket.on(name, listener);
    socket.onAny(this.onAny);
    this.setState("connecting");
    if (socket.connected) this.catchUp();
  }

  setState(state) {
    if (this.state === state || this.state === "ended") return;
    this.state = state;
    this.handlers.onState?.(state);
  }

  add(payload, event) {
    if (!event.seq || (event.internal && !this.hasStaff)) return;
    (event.internal ? this.staff : this.public).add({ ...event, payload });
    this.closeGap();
  }

  closeGap() {                            // unless the missing events arrive on their own
    const hasGap = () => this.state === "live" && (this.public.hasGap || this.staff.hasGap);
    if (hasGap()) setTimeout(() => hasGap() && this.catchUp(), REORDER_MS);
  }

  synchronise({ last_seq, internal }) {
    if (internal && !this.hasStaff) return;
    if (last_seq > (internal ? this.staff : this.public).last) this.catchUp();
  }

  async catchUp() {                       // one at a time: a join that has not left will do
    this.mustJoin = true;
    if (this.catchingUp) return;
    this.catchingUp = true;
    while (this.mustJoin && this.socket.connected && this.state !== "ended") await this.join();
    this.catchingUp = false;
    this.setState(this.socket.connected ? "live" : "connecting");
    this.closeGap();                      // of events that arrived meanwhile
  }

  async join() {                          // one page; sets `mustJoin` if there are more
    this.setState("catching up");
    const { data, error } = await this.connection.join(() => this.startJoin());
    if (FINAL.has(error?.code)) return this.end(error);
    for (const entry of data?.events ?? []) this.public.add(entry);
    for (const entry of data?.staff?.events ?? []) this.staff.add(entry);
    if (error || data?.has_more || (this.hasStaff && data?.staff.has_more)) this.mustJoin = true;
    if (error) await sleep(RETRY_MS);
  }

  startJoin() {
    if (!this.socket.connected || this.state === "ended") return null;
    this.mustJoin = false;
    const payload = { ticket_id: this.id, after: this.public.last };
    return this.hasStaff ? { ...payload, staff_after: this.staff.last } : payload;
  }

  /** Send a message; it is repeated, and stored once, until it is acknowledged. */
  send(message, client_id = crypto.randomUUID()) {
    const previous = this.lastSend;       // one after another, in the order of the calls
    this.lastSend = (async () => {
      await previous?.catch(() => {});
      for (;;) {
        if (this.state === "ended") throw new Error("The ticket has ended.");
        const payload = { ticket_id: this.id, message, client_id };
        const answer = this.socket.connected ? await this.connection.send(payload) : null;
        if (answer?.data) return answer.data;
        if (answer && !RETRIED.has(answer.error.code)) throw answer.error;
        await sleep(answer ? RETRY_MS : 100);
      }
    })();
    return this.lastSend;
  }

  typing(typing) {
    if (this.socket.connected) this.socket.emit("typing", { ticket_id: this.id, typing });
  }

  /** Stop following; messages that are not yet acknowledged are given up. */
  leave() {
    if (this.socket.connected) this.socket.emit("leave", { ticket_id: this.id });
    this.end();
  }

  end(error) {
    this.setState("ended");
    if (error) this.handlers.onError?.(error);
    for (const [name, listener] of Object.entries(this.listeners)) this.socket.off(name, listener);
    this.socket.offAny(this.onAny);
  }
}
