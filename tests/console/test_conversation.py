"""The state that a ticket's screen folds from the ticket's history, run by Node."""

import json
import random
import subprocess

import pytest
import served

MODULE = served.ROOT / "ticketing" / "console" / "conversation.js"
SCRIPT = """
import { readFileSync } from "node:fs";
const source = readFileSync("%s", "utf8");
const url = `data:text/javascript;base64,${Buffer.from(source).toString("base64")}`;
const { EMPTY, fold, shown } = await import(url);
const entries = JSON.parse(readFileSync(0, "utf8"));
const add = (old, [payload, event]) => fold(old, payload, event);
const state = entries.reduce(add, EMPTY);
console.log(JSON.stringify({ ...state, shown: shown(state) }));
"""
CUSTOMER = {"id": 1, "name": "Carla", "role": "customer"}
ADMIN = {"id": 2, "name": "Ada", "role": "admin"}
NOBODY = {"id": None}


@pytest.fixture(scope="module")
def fold():
    """Fold events, given with their payloads; return the state."""
    served.require_node()

    def fold(entries):
        done = subprocess.run(
            ["node", "--input-type=module", "-e", SCRIPT % MODULE],
            input=json.dumps(entries),
            capture_output=True,
            text=True,
            timeout=served.PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return fold


class Log:
    """The history of a ticket, as it is written."""

    def __init__(self):
        self.entries = []
        self.seqs = {False: 0, True: 0}

    def add(self, name, payload, actor=ADMIN, internal=False):
        """Write an entry, a second after the one before."""
        self.seqs[internal] += 1
        at = f"2026-01-01T00:{len(self.entries):02}:00.000000+00:00"
        event = {"seq": self.seqs[internal], "name": name, "actor_id": actor["id"]}
        event |= {"created_at": at} | ({"internal": True} if internal else {})
        self.entries.append([payload, event])

    def say(self, id, actor):
        """Write a message."""
        payload = {"id": id, "user": actor, "message": f"message {id}"}
        self.add("message.sent", payload | {"client_id": None}, actor)

    def comment(self, id, actor=ADMIN, internal=False):
        """Write a comment with a file."""
        payload = {"id": id, "user": actor, "content": f"comment {id}"}
        payload |= {"files": [{"id": id}]}
        payload |= {"internal": internal}
        self.add("comment.added", payload, actor, internal)


@pytest.fixture
def log():
    """A history in which everything happens."""
    log = Log()
    log.add("ticket.created", {"id": 7}, CUSTOMER)
    log.say(1, CUSTOMER)
    log.comment(10)
    log.comment(11, internal=True)
    log.add("ticket.tagged", {"tags": ["a"]}, internal=True)
    log.add("comment.edited", {"id": 10, "content": "once"})
    log.say(2, ADMIN)
    read = {"side": "customer", "up_to": 2, "read_at": "2026-01-01T00:09:00"}
    log.add("message.read", read, CUSTOMER)
    log.add("comment.edited", {"id": 10, "content": "twice"})
    log.add("comment.deleted", {"id": 11}, internal=True)
    changes = {"status": ["open", "resolved"]}
    log.add("ticket.updated", {"status": "resolved", "changes": changes})
    log.add("ticket.tagged", {"tags": ["b"]}, internal=True)
    for name in ("sla.warning", "sla.missed", "rule.applied"):
        log.add(name, {"name": f"of {name}"}, NOBODY, internal=True)
    log.say(3, ADMIN)
    return log


def test_the_whole_history_is_folded_into_what_the_ticket_is_now(fold, log):
    state = fold(log.entries)

    shown = [(it["kind"], it.get("text"), it.get("isEdited")) for it in state["shown"]]
    assert shown == [
        ("message", "message 1", None),
        ("comment", "twice", True),
        ("note", "comment 11", False),
        ("message", "message 2", None),
        ("change", None, None),
        *[("automatic", None, None)] * 3,
        ("message", "message 3", None),
    ]
    assert state["shown"][2]["isDeleted"]
    files = [[file["id"] for file in it.get("files", ())] for it in state["shown"]]
    assert files == [[], [10], [], *[[]] * 6]
    assert state["read"]["customer"]["upTo"] == 2
    assert state["shown"][4]["after"] == {"status": "resolved"}
    missed = state["shown"][6]
    assert (missed["name"], missed["actorId"]) == ("sla.missed", None)
    assert missed["payload"] == {"name": "of sla.missed"}


def test_pages_in_any_order_and_events_that_come_twice_make_the_same_state(fold, log):
    in_order = fold(log.entries)
    pages = [log.entries[at : at + 3] for at in range(0, len(log.entries), 3)]

    for seed in range(5):
        random.Random(seed).shuffle(pages)
        shuffled = [entry for page in [*pages, pages[0]] for entry in page]

        assert fold(shuffled) == in_order


def test_at_one_moment_what_is_public_comes_before_notes(fold):
    log = Log()
    log.comment(1, internal=True)
    log.comment(2)
    log.entries[1][1]["created_at"] = log.entries[0][1]["created_at"]

    kinds = [entry["kind"] for entry in fold(log.entries)["entries"]]

    assert kinds == ["comment", "note"]
