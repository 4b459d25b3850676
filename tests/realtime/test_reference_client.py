"""The reference client, told what servers tell in an unfortunate order."""

import json
import subprocess

import served

CLIENT = served.ROOT / "ticketing" / "static" / "ticketing.js"
PATIENCE = 20  # seconds
SCRIPT = """
import { connect } from "%s";
const heard = {}, joins = [], shown = [];
let any;
const socket = {
  connected: true,
  on: (name, hear) => { heard[name] = hear; },
  onAny: (hear) => { any = hear; },
  timeout: () => socket,
  emitWithAck: (name, payload) => new Promise((done) => joins.push({ payload, done })),
};
const event = (seq) => ({ seq, ticket_id: 7, name: "message.sent" });
const entry = (seq) => ({ ...event(seq), payload: {} });
const log = (...seqs) => ({ events: seqs.map(entry), has_more: false });
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const handlers = { onEvent: (_, { seq }) => shown.push(seq) };
connect(() => socket, "", () => "").follow(7, handlers);
%s
const told = { joins: joins.map(({ payload }) => payload.after), shown };
console.log(JSON.stringify(told));
process.exit();
"""


def run(scenario):
    """Run it; return after what it joined each time, and what it showed."""
    served.require_node()
    script = SCRIPT % (CLIENT.as_uri(), scenario)
    command = ["node", "--input-type=module", "-e", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_gap_that_opened_while_it_was_catching_up_is_closed():
    told = run("""
      any("message.sent", {}, event(3));
      joins[0].done({ data: log(1) });
      await sleep(1000);
      joins[1]?.done({ data: log(2, 3) });
      await sleep(100);
    """)

    assert told == {"joins": [0, 1], "shown": [1, 2, 3]}


def test_what_was_only_overtaken_is_waited_for():
    told = run("""
      joins[0].done({ data: log(1) });
      await sleep(100);
      any("message.sent", {}, event(3));
      any("message.sent", {}, event(2));
      await sleep(1000);
    """)

    assert told == {"joins": [0], "shown": [1, 2, 3]}
