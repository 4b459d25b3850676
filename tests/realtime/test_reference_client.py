"""The reference client, and how it copes when answers and events arrive late."""

import json
import re
import subprocess

import pytest
import served

CLIENT = served.ROOT / "ticketing" / "static" / "ticketing.js"
PATIENCE = 20  # seconds
# The clock is the test's own: ``sleep`` moves it, and runs what is due on the way.
SCRIPT = """
import { mock } from "node:test";
import { connect } from "%s";
const settled = setImmediate;  // once no promise has anything left to do
mock.timers.enable();
const listeners = {}, joins = [], sends = [], emitted = [], shown = [], timeouts = [];
let any, now = 0;
performance.now = () => now;
const on = (name, listener) => { (listeners[name] ??= []).push(listener); };
const socket = {
  connected: true,
  on,
  once: (name, listener) => {
    on(name, () => { listener?.(); listener = null; });
  },
  onAny: (listener) => { any = listener; },
  timeout: (ms) => { timeouts.push(ms); return socket; },
  emit: (name, payload) => { emitted.push([now, name, payload.typing]); },
  emitWithAck: (name, payload) => new Promise((done, fail) => {
    (name === "join" ? joins : sends).push({ payload, done, fail });
  }),
  disconnect: () => socket,
  connect: () => { shown.push("connect"); },
};
const emit = (name, ...data) => (listeners[name] ?? []).forEach((on) => on(...data));
const receive = (name, ...data) => { any(name, ...data); emit(name, ...data); };
const lose = () => {
  socket.connected = false;
  emit("disconnect", "transport close");
  [...joins, ...sends].forEach(({ fail }) => fail(new Error("disconnected")));
};
const restore = () => { socket.connected = true; emit("connect"); };
const event = (seq) => ({ seq, ticket_id: 7, name: "message.sent" });
const entry = (seq) => ({ ...event(seq), payload: {} });
const log = (...seqs) => ({ events: seqs.map(entry), has_more: false });
const sleep = async (ms) => {
  for (let passed = 0; passed <= ms; passed++) {
    if (passed) mock.timers.tick(1), now++;
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


def test_the_client_fetches_the_event_before_one_that_overtook_it():
    report = run("""
      joins[0].done({ data: log(1) });
      await sleep(100);
      any("message.sent", {}, event(3));
      await sleep(100);
      any("message.sent", {}, event(2));
      joins[1].done({ data: log(2, 3) });
      await sleep(1000);
    """)

    assert report == {"joins": [0, 1], "shown": [1, 2, 3]}


def test_an_exception_of_a_handler_does_not_keep_later_events_from_being_shown():
    report = run("""
      process.on("uncaughtException", ({ message }) => shown.push(message));
      handlers.onEvent = (_, { seq }) => {
        shown.push(seq);
        if (seq === 1) throw new Error("oh");
      };
      joins[0].done({ data: log(1, 2) });
      await sleep(100);
      any("message.sent", {}, event(3));
      await sleep(100);
    """)

    assert report == {"joins": [0], "shown": [1, "oh", 2, 3]}


def test_the_client_joins_once_on_a_reconnect_during_a_join():
    report = run("""
      lose();
      await sleep(100);
      restore();
      await sleep(1500);
      joins[1].done({ data: log(1) });
      await sleep(500);
    """)

    assert report == {"joins": [0, 0], "shown": [1]}


def test_a_sync_during_a_join_is_followed_by_another_join_after_its_answer():
    report = run("""
      await sleep(200);
      receive("sync", { ticket_id: 7, last_seq: 2 });
      await sleep(1000);
      shown.push(`${joins.length} join`);
      joins[0].done({ data: log(1) });
      await sleep(500);
    """)

    assert report == {"joins": [0, 1], "shown": ["1 join", 1]}


def test_a_sync_of_what_is_known_needs_no_join():
    report = run("""
      joins[0].done({ data: log(1, 2) });
      await sleep(0);
      receive("sync", { ticket_id: 7, last_seq: 2 });
      receive("sync", { ticket_id: 7, last_seq: 5, internal: true });
      await sleep(1000);
    """)

    assert report == {"joins": [0], "shown": [1, 2]}


def test_the_client_is_live_once_it_has_joined_up_to_the_end_of_the_log():
    report = run("""
      handlers.onState = (state) => shown.push(state);
      joins[0].done({ data: { ...log(1), has_more: true } });
      await sleep(500);
      receive("sync", { ticket_id: 7, last_seq: 3 });
      joins[1].done({ data: log(2) });
      await sleep(500);
      joins[2].done({ data: log(3) });
      await sleep(500);
    """)

    assert report == {"joins": [0, 1, 2], "shown": [1, 2, 3, "live"]}


def test_a_ticket_that_was_deleted_ends():
    report = run("""
      handlers.onState = (state) => shown.push(state);
      any("ticket.deleted", { id: 7 }, { ticket_id: 7, name: "ticket.deleted" });
      await sleep(0);
    """)

    assert report["shown"] == ["ended"]


def test_a_ticket_that_was_left_before_its_turn_is_not_joined():
    report = run("""
      client.follow(8, {}).leave();
      await sleep(1000);
    """)

    assert report["joins"] == [0]


def test_the_client_joins_once_for_all_requests_while_a_join_is_queued():
    report = run("""
      for (let id = 8; id < 13; id++) client.follow(id, {});
      await sleep(600);
      const four = joins.length;
      emit("connect");
      receive("sync", { ticket_id: 12, last_seq: 5 });
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
      await sleep(10_000);
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


def test_a_message_is_repeated_with_the_same_client_id_and_seq_guard():
    report = run("""
      const sent = ticket.send("Hello", { clientId: "attempt-1", ifLastSeq: 3 });
      await sleep(0);
      sends[0].fail(new Error("operation has timed out"));
      await sleep(500);
      lose();
      await sleep(500);
      restore();
      await sleep(500);
      sends[1].done({ data: { id: 5 } });
      shown.push((await sent).id, ...sends.map(({ payload }) => payload));
    """)

    id, *payloads = report["shown"]
    payload = {
        "ticket_id": 7,
        "message": "Hello",
        "client_id": "attempt-1",
        "if_last_seq": 3,
    }
    assert (id, payloads) == (5, [payload, payload])


def test_messages_without_a_client_id_of_their_own_are_given_different_ones():
    report = run("""
      for (let n = 0; n < 3; n++) {
        ticket.send("Hello");
        await sleep(0);
        sends[n].done({ data: {} });
        await sleep(0);
      }
      shown.push(...sends.map(({ payload }) => payload.client_id));
    """)

    assert len(set(report["shown"])) == 3
    assert all(8 <= len(client_id) <= 64 for client_id in report["shown"])


def test_a_conversation_that_moved_is_thrown_with_the_events_that_were_missed():
    report = run("""
      const error = { code: "conversation_moved", message: "", events: [entry(4)] };
      const first = ticket.send("Hello", { ifLastSeq: 3 });
      const second = ticket.send("Hello again");
      await sleep(0);
      sends[0].done({ error });
      const thrown = await first.catch((thrown) => thrown);
      shown.push(thrown instanceof Error, thrown.code, thrown.events[0].seq);
      await sleep(0);
      sends[1].done({ data: { id: 5 } });
      shown.push((await second).id, sends.length);
    """)

    assert report["shown"] == [True, "conversation_moved", 4, 5, 2]


def test_leaving_waits_for_messages_to_be_acknowledged_on_any_later_connection():
    report = run("""
      ticket.send("Hello");
      ticket.send("Hello again");
      await sleep(0);
      ticket.leave().then(() => shown.push("left"));
      any("message.sent", {}, event(1));
      lose();
      await sleep(5000);
      restore();
      await sleep(0);
      sends[1].done({ data: {} });
      await sleep(0);
      shown.push(sends[2].payload.message);
      sends[2].done({ data: {} });
      await sleep(0);
      shown.push(ticket.state);
    """)

    assert report == {"joins": [0], "shown": ["Hello again", "left", "ended"]}


def test_leaving_ends_when_a_message_is_refused_because_the_ticket_was_deleted():
    report = run("""
      const sent = ticket.send("Hello");
      await sleep(0);
      any("ticket.deleted", { id: 7 }, { ticket_id: 7, name: "ticket.deleted" });
      const left = ticket.leave();
      sends[0].done({ error: { code: "not_found", message: "Not found." } });
      shown.push(await sent.catch(({ code }) => code));
      await left;
      shown.push(ticket.state);
    """)

    assert report["shown"] == ["not_found", "ended"]


def test_the_room_is_left_by_the_last_who_follow_a_ticket():
    report = run("""
      const leaves = () => emitted.filter(([, name]) => name === "leave").length;
      const second = client.follow(7, {});
      second.leave();
      second.leave();
      shown.push(leaves());
      ticket.leave();
      shown.push(leaves());
    """)

    assert report["shown"] == [0, 1]


def test_a_message_can_be_sent_without_following_its_ticket():
    report = run("""
      const sent = client.send(9, "Hello", { clientId: "attempt-1" });
      await sleep(0);
      sends[0].done({ data: { id: 5 } });
      shown.push(sends[0].payload.ticket_id, (await sent).id);
    """)

    assert report["shown"] == [9, 5]


def test_reading_is_repeated_until_it_is_acknowledged():
    report = run("""
      lose();
      const read = ticket.read(5);
      await sleep(3000);
      restore();
      await sleep(0);
      shown.push(sends[0].payload);
      sends[0].done({ data: { unread_count: 2 } });
      shown.push(await read);
    """)

    assert report["shown"] == [{"ticket_id": 7, "up_to": 5}, {"unread_count": 2}]


TYPING = {
    "once, then silence": (
        "ticket.typing(true); await sleep(9000);",
        [[0, True], [4000, False]],
    ),
    "again and again": (
        """
        for (let key = 0; key < 50; key++) { ticket.typing(true); await sleep(100); }
        await sleep(9000);
        """,
        [[0, True], [2000, True], [4000, True], [8900, False]],
    ),
    "stopped at once": (
        "ticket.typing(true); ticket.typing(false); await sleep(9000);",
        [[0, True], [2000, False]],
    ),
    "stopped, and on": (
        """
        ticket.typing(true); ticket.typing(false); await sleep(1000);
        ticket.typing(true); await sleep(9000);
        """,
        [[0, True], [5000, False]],
    ),
    "ended by a message": (
        "ticket.typing(true); await sleep(3000); ticket.send('Hello'); await sleep(9);",
        [[0, True], [3000, False]],
    ),
    "never begun": ("ticket.typing(false); await sleep(9000);", []),
    "after it has ended": (
        "ticket.leave(); ticket.typing(true); await sleep(9000);",
        [],
    ),
}


@pytest.mark.parametrize("keys, expected", TYPING.values(), ids=TYPING)
def test_typing_is_emitted_at_most_once_in_two_seconds_and_ends(keys, expected):
    report = run(f"""
      {keys}
      const typing = emitted.filter(([, name]) => name === "typing");
      shown.push(...typing.map(([at, , isTyping]) => [at, isTyping]));
    """)

    assert [
        [round(at, -2), is_typing] for at, is_typing in report["shown"]
    ] == expected


def test_a_refused_token_ends_nothing_and_a_new_one_resumes_each_ticket():
    report = run("""
      joins[0].done({ data: log(1, 2) });
      await sleep(0);
      handlers.onState = (state) => shown.push(state);
      handlers.onError = ({ code }) => shown.push(code);
      const sent = ticket.send("Hello");
      await sleep(0);
      lose();
      emit("connect_error", { data: { code: "unauthenticated", message: "" } });
      await sleep(60_000);
      client.reconnect();
      restore();
      await sleep(0);
      joins[1].done({ data: log(3) });
      sends[1].done({ data: { id: 5 } });
      shown.push((await sent).id);
    """)

    assert report["joins"] == [0, 2]
    assert report["shown"] == [
        *(1, 2, "connecting", "refused", "unauthenticated"),
        *("connect", "catching up", 3, "live", 5),
    ]


def test_the_connection_is_made_again_when_the_server_refuses_or_ends_it():
    report = run("""
      lose();
      emit("connect_error", { data: { code: "too_many_requests", message: "" } });
      await sleep(1000);
      emit("connect_error", new Error("websocket error"));
      await sleep(5000);
      emit("disconnect", "io server disconnect");
      await sleep(5000);
    """)

    assert report["shown"] == ["connect", "connect"]


def test_a_token_that_cannot_be_had_is_sent_as_none_at_all():
    report = run("""
      const auths = [];
      const io = (_, { auth }) => { auths.push(auth); return socket; };
      connect(io, "", async () => "good");
      connect(io, "", () => { throw new Error("signed out"); });
      connect(io, "", async () => { throw new Error("signed out"); });
      for (const auth of auths) auth((given) => shown.push(given));
      await sleep(0);
    """)

    assert sorted(map(str, report["shown"])) == ["{'token': 'good'}", "{}", "{}"]


def test_the_lobby_hears_of_every_ticket_and_of_each_connection():
    report = run("""
      client.lobby({
        onTicket: ({ id }, { name }) => shown.push([name, id]),
        onUnread: (data) => shown.push(data),
        onActivity: (data) => shown.push(data),
        onConnect: () => shown.push("connected"),
      });
      receive("ticket.deleted", { id: 8 }, { name: "ticket.deleted", ticket_id: 8 });
      receive("unread.changed", { unread_count: 3 });
      receive("ticket.activity", { ticket_id: 8, internal: true });
      receive("presence", { ticket_id: 8, users: [] });
      emit("connect");
    """)

    assert report["shown"] == [
        ["ticket.deleted", 8],
        {"unread_count": 3},
        {"ticket_id": 8, "internal": True},
        "connected",
    ]


def test_presence_arrives_with_a_join_and_whenever_it_changes():
    report = run("""
      handlers.onPresence = ({ users }) => shown.push(users);
      const staff = { ...log(), users: ["Ada"] };
      joins[0].done({ data: { ...log(1), staff } });
      await sleep(0);
      any("presence", { ticket_id: 7, users: ["Ada", "Bob"] });
      any("presence", { ticket_id: 8, users: ["Eve"] });
      await sleep(0);
    """)

    assert report["shown"] == [1, ["Ada"], ["Ada", "Bob"]]


def test_notes_are_counted_apart_and_shown_to_those_who_ask_for_them():
    report = run("""
      const note = (seq) => ({ ...entry(seq), internal: true });
      const admin = client.follow(7, {
        onEvent: (_, { seq, internal }) => shown.push(internal ? `note ${seq}` : seq),
      }, { after: 4, staffAfter: 0 });
      await sleep(500);
      joins[0].done({ data: log() });
      joins[1].done({ data: { ...log(5), staff: { ...log(), events: [note(1)] } } });
      await sleep(0);
      any("comment.added", {}, { ...event(2), internal: true });
      await sleep(0);
      shown.push([admin.seq, admin.staffSeq], [ticket.seq, ticket.staffSeq ?? "none"]);
    """)

    assert report["shown"] == [5, "note 1", "note 2", [5, 2], [0, "none"]]


def test_the_client_is_one_module_of_at_most_200_lines_that_imports_nothing():
    source = CLIENT.read_text()

    assert len(source.splitlines()) <= 200
    assert not re.search(r"^import|\bimport\(|\brequire\(", source, re.MULTILINE)
