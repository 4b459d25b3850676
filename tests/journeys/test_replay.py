"""The replayed state of tickets equals their fetched state, after any history.

``HYPOTHESIS_PROFILE=full`` tries more, and something else each time; it then looks
for the shortest way to what it found, which takes minutes.
"""

import json
import os
from io import BytesIO
from itertools import count, pairwise

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from replay import State, apply, forgetting, missed_by, replay, today

from ticketing.accounts.models import Role
from ticketing.categories.models import Category

settings.register_profile(
    "quick",
    deadline=None,
    report_multiple_bugs=False,
    derandomize=True,
    phases=[Phase.generate],
    max_examples=60,
    stateful_step_count=25,
)
settings.register_profile(
    "full",
    deadline=None,
    report_multiple_bugs=False,
    derandomize=False,
    database=None,
    max_examples=1000,
    stateful_step_count=40,
)
PROFILE = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

FILE = ("Out of ink", "log.txt")
MULTIPART = "multipart/form-data"
LISTENERS = ("ada", "carla")
PUBLIC = {
    "ticket.created",
    "ticket.updated",
    "comment.added",
    "comment.edited",
    "comment.deleted",
    "message.sent",
    "message.read",
}
STAFF = {name for name in PUBLIC if name.startswith("comment.")}

whoever = st.sampled_from("carla carla carla ada ada ada bob bob sam".split())
staff_mostly = st.sampled_from("ada ada ada bob bob carla sam".split())
author_mostly = st.sampled_from([None, None, None, "carla", "ada", "bob", "sam"])
whichever = st.integers(0, 10)  # of those there are, going round
edits = st.fixed_dictionaries(
    {},
    optional={
        "subject": st.sampled_from(["Printer", "Printer on fire"]),
        "description": st.sampled_from(["It burns.", "It burns…\n\nStill."]),
        "priority": st.sampled_from(["low", "medium", "high", "urgent"]),
        "category": st.sampled_from([0, 1]),
    },
)
files = st.sampled_from([FILE, ("PC LOAD", "log.txt")])

STEPS: dict[str, st.SearchStrategy] = {}
WEIGHTS: dict[str, int] = {}


def step(weight: int, **arguments: st.SearchStrategy):
    """Let a method be a step that is taken in proportion to its weight.

    Rules of their own would not do: each example has but a few kinds of them, and what
    goes wrong here goes wrong between kinds.
    """

    def declare(method):
        name = method.__name__
        WEIGHTS[name] = weight
        STEPS[name] = st.tuples(st.just(name), st.fixed_dictionaries(arguments))
        return method

    return declare


def any_step() -> st.SearchStrategy:
    names = [name for name, weight in WEIGHTS.items() for _ in range(weight)]
    return st.sampled_from(names).flatmap(STEPS.__getitem__)


class Desk(RuleBasedStateMachine):
    """Carla and Ada listen; she, her colleague Bob and a stranger, Sam, act.

    :param stage: the fixtures ``make_user``, ``save``, ``api`` and ``live``.
    :param number: of this desk; others may have left their users behind.
    """

    def __init__(self, stage, number: int) -> None:
        super().__init__()
        make_user, save, self.api, live = stage
        roles = {"carla": Role.CUSTOMER, "sam": Role.CUSTOMER}
        self.users = {
            who: make_user(
                who.title(),
                roles.get(who, Role.ADMIN),
                email=f"{who}.{number}@example.org",
            )
            for who in ("carla", "sam", "ada", "bob")
        }
        self.clients = {who: self.api(user) for who, user in self.users.items()}
        self.people = {who: user.profile for who, user in self.users.items()}
        made = [Category(name=f"{n} {number}", slug=f"{n}-{number}") for n in "ab"]
        ids = [save(category).id for category in made]
        self.categories = {id: self.get("ada", f"/categories/{id}") for id in ids}
        self.sockets = {who: live(self.users[who]) for who in LISTENERS}
        self.known: dict[int, State] = {}
        self.heard = {who: {} for who in LISTENERS}
        self.totals = dict.fromkeys(LISTENERS, 0)
        self.tags: dict[int, tuple] = {}
        self.texts: dict[int, list[str]] = {}
        self.notes: dict[int, bool] = {}
        self.authors: dict[int, str] = {}
        self.attempts: dict[tuple, tuple] = {}
        self.bob_is_active = True
        self.words = (f"«{n}»" for n in count())

    @rule(step=st.deferred(any_step))
    def take(self, step):
        name, arguments = step
        getattr(self, name)(**arguments)

    # Tickets

    @initialize(file=st.none() | files)
    def open(self, file, who="carla"):
        body = {"subject": "Printer", "description": "It burns.", "priority": "low"}
        body["category_id"] = min(self.categories)
        sent = self.form(body, file) if file else {"json": body}
        opened = self.clients[who].post("/api/tickets", **sent)
        assert opened.status_code == 201
        self.known[opened.json["id"]] = State()
        for listener, socket in self.sockets.items():
            join = {"ticket_id": opened.json["id"], "after": 0}
            answer = socket.emit("join", join, callback=True)
            if listener in (who, "ada"):
                assert [event["seq"] for event in answer["data"]["events"]] == [1]
            else:
                assert answer["error"]["code"] == "not_found"

    @step(1, who=st.sampled_from(["carla", "ada", "bob"]), file=st.none() | files)
    def open_another(self, who, file):
        if len(self.known) == 1 and (who != "bob" or self.bob_is_active):
            self.open(file, who)

    @step(2, who=whoever, which=whichever, changes=edits, stale=st.booleans())
    def edit(self, who, which, changes, stale):
        changes = dict(changes)
        if "category" in changes:
            changes["category_id"] = sorted(self.categories)[changes.pop("category")]
        id = self.ticket(which)
        tag = '"old"' if stale else self.tags[id][0]
        refused = self.refusal(who, id) or ("precondition_failed" if stale else None)

        edited = self.call(
            who, "PATCH", f"/tickets/{id}", json=changes, headers={"If-Match": tag}
        )

        assert code_of(edited) == refused
        if not refused:
            assert changes.items() <= edited.json.items()

    @step(2, who=whoever, which=whichever, file=files, changes=edits)
    def attach(self, who, which, file, changes):
        changes = {name: changes[name] for name in changes if name != "category"}
        id = self.ticket(which)

        sent = self.form(changes, file)
        attached = self.call(who, "PUT", f"/tickets/{id}", **sent)

        assert code_of(attached) == self.refusal(who, id)

    @step(1, who=whoever, which=whichever)
    def detach(self, who, which):
        id = self.ticket(which)

        detached = self.call(who, "PATCH", f"/tickets/{id}", json={"attachment": None})

        assert code_of(detached) == self.refusal(who, id)

    @step(
        3,
        who=staff_mostly,
        which=whichever,
        status=st.sampled_from("open in_progress resolved closed closed".split()),
    )
    def set_status(self, who, which, status):
        id = self.ticket(which)

        steered = self.call(who, "PATCH", f"/tickets/{id}", json={"status": status})

        refused = self.refusals_to_steer(who, id)
        closed = self.known[id].ticket["status"] == "closed"
        if "forbidden" in refused and status == "resolved" and not closed:
            refused = {None}  # it is the customer's own ticket
        assert code_of(steered) in refused

    @step(
        3,
        who=staff_mostly,
        which=whichever,
        whom=st.sampled_from([None, "ada", "ada", "bob", "bob", "carla"]),
    )
    def assign(self, who, which, whom):
        id = self.ticket(which)
        body = {"assigned_to": whom and self.people[whom]["id"]}

        assigned = self.call(who, "PATCH", f"/tickets/{id}", json=body)

        if whom == "carla" or whom == "bob" and not self.bob_stays:
            assert code_of(assigned)
        else:
            assert code_of(assigned) in self.refusals_to_steer(who, id)

    # People, and what tickets are about

    @step(
        1,
        rights=st.fixed_dictionaries(
            {}, optional={"role": st.sampled_from(Role), "active": st.booleans()}
        ),
    )
    def change_bob(self, rights):
        id = self.people["bob"]["id"]

        changed = self.call("ada", "PATCH", f"/users/{id}", json=rights)

        assert changed.status_code == 200
        self.people["bob"]["role"] = changed.json["role"]
        if changed.json["active"] and not self.bob_is_active:
            self.clients["bob"] = self.api(self.users["bob"])
        self.bob_is_active = changed.json["active"]

    @step(1, who=st.sampled_from(["carla", "ada"]))
    def rename(self, who):
        name = f"{who} {next(self.words)}"
        assert self.call(who, "PATCH", "/me", json={"name": name}).status_code == 200
        self.people[who]["name"] = name

    @step(1, which=whichever)
    def rename_category(self, which):
        id = pick(sorted(self.categories), which)
        body = {"name": f"{id} {next(self.words)}"}
        renamed = self.call("ada", "PATCH", f"/categories/{id}", json=body)
        assert renamed.status_code == 200
        self.categories[id] = renamed.json

    # Comments

    @step(
        4, who=whoever, which=whichever, internal=st.sampled_from([False, False, True])
    )
    def comment(self, who, which, internal):
        id, text = self.ticket(which), next(self.words)
        body = {"content": text, "internal": internal}
        refused = self.refusal(who, id)
        if internal and refused in (None, "ticket_closed") and not self.is_staff(who):
            refused = "forbidden"

        added = self.call(who, "POST", f"/tickets/{id}/comments", json=body)

        assert code_of(added) == refused
        if not refused:
            self.texts[added.json["id"]] = [text]
            self.notes[added.json["id"]] = internal
            self.authors[added.json["id"]] = who

    @step(3, who=author_mostly, which=whichever, anew=st.booleans())
    def edit_comment(self, who, which, anew):
        if not self.texts:
            return
        who, id = self.commented(who, which)
        text = next(self.words) if anew else self.texts[id][-1]
        ticket_id, refused = self.refusal_on_comment(who, id)
        if refused is None:
            refused = self.refusal(who, ticket_id)

        edited = self.call(who, "PUT", f"/comments/{id}", json={"content": text})

        assert code_of(edited) == refused
        if not refused:
            self.texts[id].append(text)

    @step(3, who=author_mostly, which=whichever)
    def delete_comment(self, who, which):
        if not self.texts:
            return
        who, id = self.commented(who, which)
        ticket_id, refused = self.refusal_on_comment(who, id)
        if refused == "forbidden" and self.is_staff(who):
            refused = None

        deleted = self.call(who, "DELETE", f"/comments/{id}")

        # Whether a closed ticket's customer takes back a word is not promised.
        assert code_of(deleted) in {refused, refused or self.refusal(who, ticket_id)}

    # Messages

    @step(
        6,
        who=whoever,
        which=whichever,
        client_id=st.none() | st.sampled_from(["attempt-1", "attempt-2"]),
        lag=st.none() | st.integers(-1, 6),
    )
    def send(self, who, which, client_id, lag):
        id, body = self.ticket(which), {"message": next(self.words)}
        public = self.public(id)
        seq = max(len(public) - (lag or 0), 0)
        missed = missed_by(self.people[who]["id"], seq, public)
        refused = [self.refusal(who, id)]
        if refused[0] in (None, "ticket_closed"):
            if missed:
                refused.append("conversation_moved")
            if client_id and (who, client_id) in self.attempts:
                refused = ["idempotency_conflict"]
            if seq > len(public):
                refused.append("invalid")
        if lag is not None:
            body["if_last_seq"] = seq
        if client_id:
            body["client_id"] = client_id

        sent = self.call(who, "POST", f"/tickets/{id}/messages", json=body)

        assert code_of(sent) in (list(filter(None, refused)) or [None])
        if code_of(sent) == "conversation_moved":
            assert sent.json["events"] == missed
        if client_id and sent.status_code == 201:
            self.attempts[who, client_id] = (id, body["message"], sent.json["id"])

    @step(2, which=whichever)
    def send_again(self, which):
        if not self.attempts:
            return
        who, client_id = pick(list(self.attempts), which)
        id, text, message_id = self.attempts[who, client_id]
        body = {"message": text, "client_id": client_id, "if_last_seq": 0}
        refused = self.refusal(who, id)

        again = self.call(who, "POST", f"/tickets/{id}/messages", json=body)

        if refused in (None, "ticket_closed"):
            assert again.status_code == 200
            assert again.json == self.today(self.known[id].messages[message_id])
        else:
            assert code_of(again) == refused

    @step(
        2,
        who=whoever,
        which=whichever,
        limit=st.integers(1, 4),
        before=st.none() | whichever,
        mark_read=st.booleans(),
    )
    def look(self, who, which, limit, before, mark_read):
        id = self.ticket(which)
        query = {"limit": limit, "mark_read": str(mark_read).lower()}
        messages = list(self.known[id].messages.values())
        if before is not None and messages:
            query["before"] = pick(messages, before)["id"]
            messages = [m for m in messages if m["id"] < query["before"]]
        shown = [self.today(message) for message in messages[-limit:]]
        newest = shown[-1]["id"] if shown and mark_read else 0

        seen = self.call(who, "GET", f"/tickets/{id}/messages", query_string=query)

        refused = self.refusal(who, id)
        if refused in (None, "ticket_closed"):
            assert seen.json["data"] == shown
            left = self.get(who, f"/tickets/{id}")["unread_count"]
            assert left == self.left(who, id, newest)
        else:
            assert code_of(seen) == refused

    @step(
        3,
        who=whoever,
        which=whichever,
        up_to=whichever,
        offset=st.sampled_from([0, 1, 10**6]),
    )
    def read(self, who, which, up_to, offset):
        id = self.ticket(which)
        up_to = pick(list(self.known[id].messages) or [7], up_to) + offset

        path = f"/tickets/{id}/messages/read"
        read = self.call(who, "POST", path, json={"up_to": up_to})

        refused = self.refusal(who, id)
        if refused in (None, "ticket_closed"):
            assert read.json == {"unread_count": self.left(who, id, up_to)}
        else:
            assert code_of(read) == refused

    # What is true after each step, and at the end

    @invariant()
    def everyone_concerned_is_told(self):
        new = {who: self.listen(who) for who in LISTENERS}

        own = [e for e in new["ada"] if self.owns("carla", e["ticket_id"])]
        assert new["carla"] == [e for e in own if "internal" not in e]
        for id, (tag, updated_at) in list(self.tags.items()):
            updates = [
                entry
                for entry in new["ada"]
                if (entry["ticket_id"], entry["name"]) == (id, "ticket.updated")
            ]
            now = self.tags[id] = self.tag(id)
            assert [now[0] != tag, now[1] > updated_at] == [len(updates) == 1] * 2
            assert len(updates) <= 1
        for id in self.known.keys() - self.tags.keys():
            self.tags[id] = self.tag(id)
        self.check_total("bob")
        self.settled = True

    def teardown(self):
        try:
            if self.settled:  # or else something has failed already
                for id in self.known:
                    self.check_replay(id)
                for who in self.people:
                    self.check_total(who)
        finally:
            for socket in self.sockets.values():
                socket.disconnect()

    def check_replay(self, id: int) -> None:
        public, staff = self.log("ada", id), self.log("ada", id, stream="staff")
        everything = self.heard["ada"][id]
        assert public == forgetting(e for e in everything if "internal" not in e)
        assert staff == forgetting(e for e in everything if "internal" in e)
        for entries, names in ((public, PUBLIC), (staff, STAFF)):
            assert [e["seq"] for e in entries] == list(range(1, len(entries) + 1))
            assert {e["name"] for e in entries} <= names
            assert all(a["created_at"] <= b["created_at"] for a, b in pairwise(entries))
        assert not any(e["payload"].get("internal") for e in public)
        assert all(e["internal"] and e["payload"].get("internal", True) for e in staff)
        self.check_texts(public, staff)
        self.check_fetched("ada", id, replay(public, staff))
        if self.bob_stays:
            self.check_fetched("bob", id, replay(public, staff))
        if self.owns("carla", id):
            assert self.log("carla", id) == public
            seen = self.check_fetched("carla", id, replay(public))
            self.check_texts(seen, [])

    def check_texts(self, public: list, staff: list) -> None:
        """Deleted comments are nowhere, and notes are not in public."""
        told = [text_of(public), text_of(staff)]
        left = {comment for known in self.known.values() for comment in known.comments}
        for id, texts in self.texts.items():
            for text in texts:
                assert not self.notes[id] or text not in told[0]
                assert id in left or text not in "".join(told)

    def check_fetched(self, who: str, id: int, state: State) -> list:
        """Compare with what someone is shown of a ticket; return that."""
        found = [self.check_ticket(who, id, state).json]
        for what in ("comments", "messages"):
            kept = getattr(state, what)
            looking = "&mark_read=false" if what == "messages" else ""
            seen = self.get(who, f"/tickets/{id}/{what}?after=0&limit=100{looking}")
            assert seen["data"] == [self.today(kept[key]) for key in sorted(kept)]
            found.append(seen)
        return found

    def check_ticket(self, who: str, id: int, state: State):
        """Compare with the ticket that someone is shown; return that response."""
        shown = self.today(state.shown())
        shown["unread_count"] = len(state.unread(self.people[who]["id"]))
        if self.is_staff(who):
            shown["last_staff_seq"] = state.seqs["staff"]
            shown |= {"tags": [], "sla": None}
        response = self.call(who, "GET", f"/tickets/{id}")
        assert response.json == shown
        return response

    def check_total(self, who: str) -> None:
        counted = self.call(who, "GET", "/messages/unread-count")
        if who != "bob" or self.bob_is_active:
            assert counted.json == {"unread_count": self.total(who)}
        else:
            assert code_of(counted) == "unauthenticated"

    # How it is done

    @property
    def bob_stays(self) -> bool:
        return self.bob_is_active and self.is_staff("bob")

    def is_staff(self, who: str) -> bool:
        return self.people[who]["role"] == "admin"

    def commented(self, who: str | None, which: int) -> tuple[str, int]:
        """Return someone, or else the author, and a comment, if possible one left."""
        left = [id for known in self.known.values() for id in known.comments]
        id = pick(left[-2:] or list(self.texts), which)
        return who or self.authors[id], id

    def owns(self, who: str, id: int) -> bool:
        return self.known[id].ticket["user_id"] == self.people[who]["id"]

    def ticket(self, which: int) -> int:
        return pick(list(self.known), which)

    def public(self, id: int) -> list:
        """Return a ticket's public events, as they are replayed by now."""
        return forgetting(e for e in self.heard["ada"][id] if "internal" not in e)

    def left(self, who: str, id: int, up_to: int) -> int:
        """Return how much waits for someone who has read up to a message."""
        unread = self.known[id].unread(self.people[who]["id"])
        return len([message for message in unread if message > up_to])

    def total(self, who: str) -> int:
        person = self.people[who]
        return sum(known.waiting_for(person) for known in self.known.values())

    def today(self, resource: dict) -> dict:
        people = {person["id"]: dict(person) for person in self.people.values()}
        return today(resource, people, self.categories)

    def tag(self, id: int) -> tuple:
        shown = self.check_ticket("ada", id, self.known[id])
        return shown.headers["ETag"], shown.json["updated_at"]

    def refusal(self, who: str, id: int) -> str | None:
        """Return the code that tells someone not to write on a ticket, if any."""
        if who == "bob" and not self.bob_is_active:
            return "unauthenticated"
        if self.is_staff(who):
            return None
        if not self.owns(who, id):
            return "not_found"
        return "ticket_closed" if self.known[id].ticket["status"] == "closed" else None

    def refusals_to_steer(self, who: str, id: int) -> set[str | None]:
        refused = self.refusal(who, id)
        if self.is_staff(who) or refused not in (None, "ticket_closed"):
            return {refused}
        return {"forbidden", refused or "forbidden"}

    def refusal_on_comment(self, who: str, comment_id: int) -> tuple[int, str | None]:
        """Return a comment's ticket, and the code of why it is not theirs to edit."""
        for id, known in self.known.items():
            if comment_id in known.comments:
                break
        else:
            missing = self.refusal(who, id)
            return id, missing if missing == "unauthenticated" else "not_found"
        refused = self.refusal(who, id)
        if refused not in (None, "ticket_closed"):
            return id, refused
        if self.notes[comment_id] and not self.is_staff(who):
            return id, "not_found"
        is_author = known.comments[comment_id]["user_id"] == self.people[who]["id"]
        return id, None if is_author else "forbidden"

    def form(self, fields: dict, file: tuple[str, str]) -> dict:
        content, name = file
        data = {**fields, "attachment": (BytesIO(content.encode()), name)}
        return {"data": data, "content_type": MULTIPART}

    def call(self, who: str, method: str, path: str, **kwargs):
        self.settled = False
        response = self.clients[who].open(f"/api{path}", method=method, **kwargs)
        assert response.status_code < 500
        return response

    def get(self, who: str, path: str) -> dict:
        response = self.call(who, "GET", path)
        assert response.status_code == 200
        return response.json

    def log(self, who: str, id: int, stream: str = "public") -> list:
        """Replay a stream, a few events at a time."""
        path = f"/tickets/{id}/events?limit=3&stream={stream}"
        entries, after = [], 0
        while after is not None:
            page = self.get(who, f"{path}&after={after}")
            entries, after = entries + page["data"], page["next"]
        return entries

    def listen(self, who: str) -> list:
        """Return what someone has heard of tickets; check what they heard else."""
        totals, entries = [], []
        for packet in self.sockets[who].get_received():
            if packet["name"] == "unread.changed":
                totals.append(packet["args"][0]["unread_count"])
            elif len(packet["args"]) == 2:
                payload, event = packet["args"]
                assert packet["name"] == event["name"]
                entries.append({**event, "payload": payload})
        for entry in entries:
            self.heard[who].setdefault(entry["ticket_id"], []).append(entry)
            if who == "ada":
                self.apply(entry)
        before, self.totals[who] = self.totals[who], self.total(who)
        assert totals == ([self.totals[who]] if before != self.totals[who] else [])
        return entries

    def apply(self, entry: dict) -> None:
        payload, known = entry["payload"], self.known[entry["ticket_id"]]
        if "user" in payload:
            assert self.today(payload) == payload  # it has just happened
        if entry["name"] == "message.read":
            assert payload["up_to"] in known.messages
            assert payload["side"] == known.side_of(entry["actor_id"])
        if entry["name"] == "ticket.updated":
            check_changes(known.shown(), payload)
        apply(known, entry)


def check_changes(before: dict, payload: dict) -> None:
    """An update says what is new, and nothing else is, but for when that was."""
    changes = payload["changes"]
    assert changes
    for field, change in changes.items():
        assert change == [before[field], payload[field]]
        assert field == "attachment" or before[field] != payload[field]
    free = {"changes", "updated_at", "category", "user", "assignee"}
    if changes.get("status") == ["resolved", "open"]:
        free.add("waiting_on")  # it may tell of the word that reopens it, which follows
    for field in payload.keys() - changes.keys() - free:
        assert payload[field] == before[field]


def pick(some: list, which: int):
    return some[which % len(some)]


def code_of(response) -> str | None:
    return (response.get_json(silent=True) or {}).get("code")


def text_of(fetched: list) -> str:
    return json.dumps(fetched, ensure_ascii=False)


@pytest.fixture
def stage(make_user, save, api, live):
    return make_user, save, api, live


def test_replayed_state_equals_fetched_state(stage):
    numbers = count()

    def desk() -> Desk:
        return Desk(stage, next(numbers))

    run_state_machine_as_test(desk, settings=PROFILE)


def to(name: str, **arguments) -> tuple:
    return name, arguments


ASSIGNED_AND_CLOSED = [
    to("assign", who="ada", which=0, whom="bob"),
    to("send", who="carla", which=0, client_id=None, lag=None),
    to("set_status", who="ada", which=0, status="closed"),
]
SELDOM = {
    "demoted, the ticket closed": [
        *ASSIGNED_AND_CLOSED,
        to("change_bob", rights={"role": "customer"}),
        to("attach", who="ada", which=0, file=FILE, changes={}),
    ],
    "deactivated, then reopened": [
        *ASSIGNED_AND_CLOSED,
        to("change_bob", rights={"active": False}),
        to("set_status", who="ada", which=0, status="open"),
    ],
    "deleted, once edited": [
        to("comment", who="ada", which=0, internal=False),
        to("comment", who="ada", which=0, internal=True),
        to("edit_comment", who=None, which=0, anew=True),
        to("edit_comment", who=None, which=1, anew=True),
        to("delete_comment", who=None, which=1),
        to("delete_comment", who=None, which=0),
    ],
    "reopened by its customer": [
        to("send", who="bob", which=0, client_id=None, lag=0),
        to("set_status", who="ada", which=0, status="resolved"),
        to("send", who="carla", which=0, client_id="attempt-1", lag=0),
    ],
}


@pytest.mark.parametrize("steps", SELDOM.values(), ids=SELDOM)
def test_replayed_state_equals_fetched_state_in_rare_sequences(stage, steps):
    desk = Desk(stage, 0)

    for name, arguments in [to("open", file=None), *steps]:
        getattr(desk, name)(**arguments)
        desk.everyone_concerned_is_told()

    desk.teardown()
