// Ticketing's client: every event of a ticket exactly once and in order, and every
// message sent once, whatever happens to the connection. It needs only socket.io-client.
//   import { connect } from "./ticketing.js";
//   const client = connect(io, "https://help.example.org", () => token);
//   const ticket = client.follow(7, {
//     onEvent: (payload, event) => …,      // each row of the ticket's history, in order
//     onTyping: ({ user, typing }) => …, onState: (state) => …, onError: (error) => …,
//   }, { after: 0 });                      // the last seq you have shown; staffAfter too
//   await ticket.send("Hello");            // once stored; also typing(true), leave()

const PATIENCE = 5000;                    // ms for an acknowledgement
const GAP = 300;                          // ms for what was overtaken to arrive after all
const PAUSE = 1000;                       // ms before what failed is tried again
const FINAL = new Set(["not_found", "forbidden", "invalid"]);
const PASSING = new Set(["unavailable", "internal_error", "too_many_requests", "unauthenticated"]);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Connect; `token` returns a current token whenever the connection is made anew. */
export function connect(io, url, token, options = {}) {
  const auth = async (give) => give({ token: await token() });
  const socket = io(url, { ...options, auth });
  const again = () => setTimeout(() => socket.connect(), PAUSE);
  socket.on("disconnect", (reason) => reason === "io server disconnect" && again());
  socket.on("connect_error", ({ data }) => data && data.code !== "unauthenticated" && again());
  return { socket, follow: (id, handlers, from) => new Ticket(socket, id, handlers, from) };
}

class Stream {                            // one numbered sequence of events
  constructor(last, show) { Object.assign(this, { last, show, held: new Map() }); }

  take(entry) {                           // drops what is known, holds what is early
    if (entry.seq <= this.last) return;
    this.held.set(entry.seq, entry);
    for (let next; (next = this.held.get(this.last + 1)); ) {
      this.held.delete(++this.last);
      const { payload, ...event } = next;
      this.show(payload, event);
    }
  }

  get hasGap() { return this.held.size > 0; }
}

class Ticket {
  constructor(socket, id, handlers, { after = 0, staffAfter } = {}) {
    const show = (payload, event) => handlers.onEvent?.(payload, event);
    Object.assign(this, { socket, id, handlers, state: null, busy: null, sent: null });
    this.public = new Stream(after, show);
    this.staff = new Stream(staffAfter ?? 0, show);
    this.asksForStaff = staffAfter !== undefined;
    this.listeners = {
      connect: () => this.catchUp(),
      disconnect: () => this.become("connecting"),
      typing: (heard) => heard.ticket_id === id && handlers.onTyping?.(heard),
      sync: (place) => place.ticket_id === id && this.synchronise(place),
      "ticket.deleted": (gone) => gone.id === id && this.end(),
      connect_error: ({ data }) => data?.code === "unauthenticated" && this.end(data),
    };
    this.hear = (_, payload, event) => event?.ticket_id === id && this.take(payload, event);
    for (const [name, hear] of Object.entries(this.listeners)) socket.on(name, hear);
    socket.onAny(this.hear);
    this.become("connecting");
    if (socket.connected) this.catchUp();
  }

  become(state) {
    if (this.state === state || this.state === "ended") return;
    this.state = state;
    this.handlers.onState?.(state);
  }

  take(payload, event) {
    if (!event.seq || (event.internal && !this.asksForStaff)) return;
    (event.internal ? this.staff : this.public).take({ ...event, payload });
    this.mend();
  }

  mend() {                                // what is early waits for what it has overtaken
    const gapes = () => this.state === "live" && (this.public.hasGap || this.staff.hasGap);
    if (gapes()) setTimeout(() => gapes() && this.catchUp(), GAP);
  }

  synchronise({ last_seq, internal }) {
    if (internal && !this.asksForStaff) return;
    if (last_seq > (internal ? this.staff : this.public).last) this.catchUp();
  }

  catchUp() {                             // one at a time; a call meanwhile asks for another
    this.wanted = true;
    this.busy ??= (async () => {
      for (; this.wanted && this.state !== "ended"; await this.join()) this.wanted = false;
      this.busy = null;
      this.mend();                        // of what came meanwhile
    })();
  }

  async join() {
    this.become("catching up");
    for (let more = true; more && this.socket.connected && this.state !== "ended"; ) {
      const known = { ticket_id: this.id, after: this.public.last };
      if (this.asksForStaff) known.staff_after = this.staff.last;
      const { data, error } = await this.ask("join", known);
      if (error && FINAL.has(error.code)) return this.end(error);
      if (error) await sleep(PAUSE);
      for (const entry of data?.events ?? []) this.public.take(entry);
      for (const entry of data?.staff?.events ?? []) this.staff.take(entry);
      more = error || data.has_more || (this.asksForStaff && data.staff.has_more);
    }
    this.become(this.socket.connected ? "live" : "connecting");
  }

  ask(name, payload) {                    // an answer, whatever happens
    const late = { error: { code: "unavailable", message: "No answer." } };
    return this.socket.timeout(PATIENCE).emitWithAck(name, payload).catch(() => late);
  }

  /** Send a message; it is repeated, and stored once, until it is acknowledged. */
  send(message, client_id = crypto.randomUUID()) {
    const before = this.sent;             // one after another, in the order of the calls
    this.sent = (async () => {
      await before?.catch(() => {});
      for (;;) {
        if (this.state === "ended") throw new Error("The ticket has ended.");
        const sending = { ticket_id: this.id, message, client_id };
        const answer = this.socket.connected ? await this.ask("message.send", sending) : null;
        if (answer?.data) return answer.data;
        if (answer && !PASSING.has(answer.error.code)) throw answer.error;
        await sleep(answer ? PAUSE : 100);
      }
    })();
    return this.sent;
  }

  typing(typing) {
    if (this.socket.connected) this.socket.emit("typing", { ticket_id: this.id, typing });
  }

  /** Stop following; what was sent and not yet acknowledged is given up. */
  leave() {
    if (this.socket.connected) this.socket.emit("leave", { ticket_id: this.id });
    this.end();
  }

  end(error) {
    this.become("ended");
    if (error) this.handlers.onError?.(error);
    for (const [name, hear] of Object.entries(this.listeners)) this.socket.off(name, hear);
    this.socket.offAny(this.hear);
  }
}
