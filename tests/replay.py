"""A model of a client that knows a ticket from its events alone.

It is written from the documentation and shares no code with the service, so the two
can be compared. All functions are pure, but ``apply``, which changes its state.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Entry = Mapping[str, Any]
Resource = dict[str, Any]


@dataclass
class State:
    """The state of a ticket after some of its events.

    :param said: author and time of each message and public comment not deleted, by
        kind and id, the latest last.
    :param seqs: the number of the last event applied, by stream.
    """

    ticket: Resource = field(default_factory=dict)
    comments: dict[int, Resource] = field(default_factory=dict)
    messages: dict[int, Resource] = field(default_factory=dict)
    said: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)
    seqs: dict[str, int] = field(default_factory=lambda: {"public": 0, "staff": 0})
    last_activity_at: str = ""

    def side_of(self, user_id: int) -> str:
        """Return the side of the conversation on which a user writes and reads."""
        return "customer" if user_id == self.ticket["user_id"] else "support"

    @property
    def waiting_on(self) -> str:
        """The side that has to answer: the customer if support wrote last."""
        last = next(reversed(self.said.values()), (self.ticket["user_id"],))[0]
        return "support" if self.side_of(last) == "customer" else "customer"

    @property
    def waiting_since(self) -> str:
        """When the other side first wrote after the last word of that side."""
        since, waiting_on = "", self.waiting_on
        for user_id, created_at in self.said.values():
            waits = self.side_of(user_id) == waiting_on
            since = "" if waits else since or created_at
        answered = {self.side_of(user_id) for user_id, _ in self.said.values()}
        never = waiting_on == "support" and "support" not in answered
        return self.ticket["created_at"] if never else since

    def shown(self) -> Resource:
        """Return the ticket as ``GET`` answers customers, without ``unread_count``."""
        return self.ticket | {
            "waiting_on": self.waiting_on,
            "waiting_since": self.waiting_since,
            "last_seq": self.seqs["public"],
            "last_activity_at": self.last_activity_at,
        }

    def unread(self, user_id: int) -> list[int]:
        """Return the ids of the messages unread by the user's side, in order."""
        side = self.side_of(user_id)
        return [
            message["id"]
            for message in self.messages.values()
            if self.side_of(message["user_id"]) != side and not message["is_read"]
        ]

    def waiting_for(self, person: Resource) -> int:
        """Return how many of a user's unread messages are in this ticket."""
        own = self.ticket["user_id"] == person["id"]
        assigned = self.ticket["assigned_to"] == person["id"]
        if own or assigned and person["role"] == "admin":
            return len(self.unread(person["id"]))
        return 0


def replay(*streams: Iterable[Entry]) -> State:
    """Return the state after all events of one or two streams."""
    state = State()
    for stream in streams:
        for entry in stream:
            apply(state, entry)
    return state


def apply(state: State, entry: Entry) -> None:
    """Apply the next event of a stream to a state.

    :raises ValueError: the event is not the next one.
    """
    stream = "staff" if entry.get("internal") else "public"
    if entry["seq"] != state.seqs[stream] + 1:
        raise ValueError(f"{entry['seq']} follows {state.seqs[stream]} in {stream}")
    _APPLY[entry["name"]](state, dict(entry["payload"]))
    state.seqs[stream] += 1
    if stream == "public":
        state.last_activity_at = entry["created_at"]


def forgetting(entries: Iterable[Entry]) -> list[Entry]:
    """Return events as they are replayed once deleted comments have been erased.

    :param entries: the events of one ticket as they were received.
    """
    told = list(entries)
    gone = {e["payload"]["id"] for e in told if e["name"] == "comment.deleted"}
    return [_without_content(e) if _tells_of(e, gone) else e for e in told]


def missed_by(user_id: int, seq: int, public: Iterable[Entry]) -> list[Entry]:
    """Return the events after ``seq``, if another user wrote among them."""
    missed = [entry for entry in public if entry["seq"] > seq]
    replies = [e for e in missed if e["name"] in ("message.sent", "comment.added")]
    return missed if any(e["actor_id"] != user_id for e in replies) else []


def today(
    resource: Resource, people: Mapping[int, Resource], categories: Mapping
) -> Resource:
    """Return a resource with the people and the category in it as they are now.

    Events have them as they were when the event happened.
    """
    nested: Resource = {}
    if "assignee" in resource:
        nested["assignee"] = people.get(resource["assigned_to"])
        nested["category"] = categories[resource["category_id"]]
    if "user" in resource:
        nested["user"] = people[resource["user_id"]]
    return resource | nested


def _set_ticket(state: State, payload: Resource) -> None:
    payload.pop("changes", None)
    state.ticket = payload


def _add_comment(state: State, payload: Resource) -> None:
    state.comments[payload["id"]] = payload
    if not payload["internal"]:
        said = payload["user_id"], payload["created_at"]
        state.said["comment", payload["id"]] = said


def _edit_comment(state: State, payload: Resource) -> None:
    state.comments[payload["id"]] = payload


def _delete_comment(state: State, payload: Resource) -> None:
    del state.comments[payload["id"]]
    state.said.pop(("comment", payload["id"]), None)


def _add_message(state: State, payload: Resource) -> None:
    state.messages[payload["id"]] = payload
    state.said["message", payload["id"]] = payload["user_id"], payload["created_at"]


def _read_messages(state: State, payload: Resource) -> None:
    for message in state.messages.values():
        by_other = state.side_of(message["user_id"]) != payload["side"]
        if by_other and message["id"] <= payload["up_to"] and not message["is_read"]:
            message |= {"is_read": True, "read_at": payload["read_at"]}


_APPLY = {
    "ticket.created": _set_ticket,
    "ticket.updated": _set_ticket,
    "comment.added": _add_comment,
    "comment.edited": _edit_comment,
    "comment.deleted": _delete_comment,
    "message.sent": _add_message,
    "message.read": _read_messages,
}


def _tells_of(entry: Entry, comment_ids: set[int]) -> bool:
    told = ("comment.added", "comment.edited")
    return entry["name"] in told and entry["payload"]["id"] in comment_ids


def _without_content(entry: Entry) -> Entry:
    erased = {"content": None, "files": None}
    return {**entry, "payload": {**entry["payload"], **erased}}
