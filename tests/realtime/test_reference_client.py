"""The reference client, when answers and events arrive in an unfortunate order."""

import json
import subprocess

import served

CLIENT = served.ROOT / "ticketing" / "static" / "ticketing.js"
PATIENCE = 20  # seconds
# The clock is the test's own: ``sleep`` moves it, and runs what is due on the way.
SCRIPT = """
import { mock } from "node:test";
import { connect } from "%s";
const settled = setImmediate;  // once no promise has anything left to do
mock.timers.enable();
const listeners = {}, joins = [], sends = [], shown = [], timeouts = [];
let any;
const socket = {
  connected: true,
  on: (name, listener) => { (listeners[name] ??= []).push(listener); },
  onAny: (listener) => { any = listener; },
  timeout: (ms) => { timeouts.push(ms); return socket; },
  emitWithAck: (name, payload) => new Promise((done, fail) => {
    (name === "join" ? joins : sends).push({ payload, done, fail });
  }),
};
const emit = (name, data) => listeners[name].forEach((listener) => listener(data));
const event = (seq) => ({ seq, ticket_id: 7, name: "message.sent" });
const entry = (seq) => ({ ...event(seq), payload: {} });
const log = (...seqs) => ({ events: seqs.map(entry), has_more: false });
const sleep = async (ms) => {
  for (let passed = 0; passed <= ms; passed++) {
    if (passed) mock.timers.tick(1);
    await new Promise((done) => settled(done));
  }
};
const handlers = { onEvent: (_, { seq }) => shown.push(seq) };
const client = connect(() => socket, "", () => "");
const ticket = client.follow(7, handlers);
await sleep(0);
%s
const report = { joins: joins.map(({ payload }) => payload.after), shown };
console.log(JSON.stringify(report));
process.exit();
"""


def run(scenario):
    """Run a scenario; return the ``after`` of each join, and each ``seq`` shown."""
    served.require_node()
    script = SCRIPT % (CLIENT.as_uri(), scenario)
    command = ["node", "--input-type=module", "-e", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_client_fills_a_gap_that_opened_while_it_was_catching_up():
    report = run("""
      any("message.sent", {}, event(3));
      joins[0].done({ data: log(1) });
      await sleep(1000);
      joins[1]?.done({ data: log(2, 3) });
      await sleep(100);
    """)

    assert report == {"joins": [0, 1], "shown": [1, 2, 3]}


def test_the_client_waits_for_an_event_that_was_overtaken():
    report = run("""
      joins[0].done({ data: log(1) });
      await sleep(100);
      any("message.sent", {}, event(3));
      await sleep(200);
      any("message.sent", {}, event(2));
      await sleep(1000);
    """)

    assert report == {"joins": [0], "shown": [1, 2, 3]}


def test_the_client_joins_once_on_a_reconnect_during_a_join():
    report = run("""
      socket.connected = false;
      emit("disconnect", "transport close");
      joins[0].fail(new Error("socket has been disconnected"));
      socket.connected = true;
      emit("connect");
      await sleep(1500);
      joins[1].done({ data: log(1) });
      await sleep(500);
    """)

    assert report == {"joins": [0, 0], "shown": [1]}


def test_a_sync_during_a_join_is_followed_by_another_join_after_its_answer():
    report = run("""
      await sleep(200);
      emit("sync", { ticket_id: 7, last_seq: 2 });
      await sleep(1000);
      shown.push(`${joins.length} join`);
      joins[0].done({ data: log(1) });
      await sleep(500);
    """)

    assert report == {"joins": [0, 1], "shown": ["1 join", 1]}


def test_the_client_joins_once_for_all_requests_while_a_join_is_queued():
    report = run("""
      for (let id = 8; id < 13; id++) client.follow(id, {});
      await sleep(600);
      const four = joins.length;
      emit("connect");
      emit("sync", { ticket_id: 12, last_seq: 5 });
      joins.splice(0).forEach(({ done }) => done({ data: log() }));
      await sleep(2000);
      const rest = joins.map(({ payload }) => payload.ticket_id);
      joins.length = 0;
      shown.push(four, ...rest.filter((id) => id === 12));
    """)

    assert report == {"joins": [], "shown": [4, 12]}


def test_the_client_joins_one_ticket_at_a_time_while_a_message_is_unacknowledged():
    report = run("""
      ticket.send("Hello");
      for (let id = 8; id < 11; id++) client.follow(id, {});
      await sleep(500);
      shown.push(joins.length, sends.length);
      joins[0].done({ data: log() });
      await sleep(500);
      shown.push(joins.length);
      sends[0].done({ data: {} });
      await sleep(500);
      shown.push(joins.length);
    """)

    assert report["shown"] == [1, 1, 2, 4]


def test_the_client_joins_more_slowly_after_too_many_requests_and_recovers():
    report = run("""
      const busy = { error: { code: "too_many_requests", message: "" } };
      for (let id = 8; id < 30; id++) client.follow(id, {});
      const answered = setInterval(() => {
        const calm = joins.length > 2;
        joins.forEach(({ done }) => done(calm ? { data: log() } : busy));
      }, 10);
      await sleep(800);
      shown.push(joins.length);
      await sleep(5000);
      clearInterval(answered);
      shown.push(new Set(joins.map(({ payload }) => payload.ticket_id)).size);
    """)

    slow, followed = report["shown"]
    assert slow <= 4 and followed == 23


def test_the_client_waits_longer_after_a_late_acknowledgement():
    report = run("""
      for (let tries = 0; tries < 3; tries++) {
        joins.at(-1).fail(new Error("operation has timed out"));
        await sleep(1200);
      }
      shown.push(...timeouts);
    """)

    assert report["shown"] == [5000, 10_000, 20_000, 40_000]
