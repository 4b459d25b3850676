"""The checker of the other tests finds what is wrong, and only that."""

from copy import deepcopy

import pytest
from chaos.histories import PUBLIC, STAFF, Acknowledged, Client, Stored, contradictions

SENT = [(2, "message.sent", 1), (3, "message.sent", 2)]
PUBLIC_STREAM = [(1, "ticket.created", 7), *SENT]
STAFF_STREAM = [(1, "comment.added", 1)]


def agreeing():
    """Return three histories of ticket 7 that agree."""
    acknowledged = [Acknowledged(7, 1, "one"), Acknowledged(7, 2, "two")]
    streams = {PUBLIC: PUBLIC_STREAM, STAFF: STAFF_STREAM}
    stored = {7: Stored([(1, "one"), (2, "two")], deepcopy(streams))}
    customer = Client("carla", 7, {PUBLIC: list(PUBLIC_STREAM)})
    return acknowledged, stored, [customer, Client("ada", 7, deepcopy(streams))]


def never_stored(acknowledged, stored, clients):
    acknowledged.append(Acknowledged(7, 3, "three"))


def stored_without_its_key(acknowledged, stored, clients):
    stored[7].messages[1] = (2, None)


def stored_on_another_ticket(acknowledged, stored, clients):
    acknowledged[1] = Acknowledged(8, 2, "two")


def not_in_the_log(acknowledged, stored, clients):
    for streams in (stored[7].streams, *(client.streams for client in clients)):
        streams[PUBLIC].pop()


def twice_in_the_log(acknowledged, stored, clients):
    for streams in (stored[7].streams, *(client.streams for client in clients)):
        streams[PUBLIC].append((4, "message.sent", 2))


def stored_twice(acknowledged, stored, clients):
    stored[7].messages.append((3, "two"))


def sent_again_under_another_key(acknowledged, stored, clients):
    stored[7].messages.append((3, "two, once more"))


def a_gap_in_the_numbers(acknowledged, stored, clients):
    for streams in (stored[7].streams, *(client.streams for client in clients)):
        del streams[PUBLIC][0]


def a_number_twice(acknowledged, stored, clients):
    for streams in (stored[7].streams, clients[1].streams):
        streams[STAFF].append((1, "comment.edited", 1))


def not_shown(acknowledged, stored, clients):
    clients[0].streams[PUBLIC].pop()


def nothing_shown(acknowledged, stored, clients):
    clients[0].streams[PUBLIC].clear()


def shown_twice(acknowledged, stored, clients):
    clients[0].streams[PUBLIC].append(PUBLIC_STREAM[-1])


def shown_in_another_order(acknowledged, stored, clients):
    clients[1].streams[PUBLIC].reverse()


def shown_under_another_number(acknowledged, stored, clients):
    clients[1].streams[STAFF][0] = (2, "comment.added", 1)


def test_checker_accepts_histories_that_agree():
    assert contradictions(*agreeing()) == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (never_stored, "is not stored"),
        (stored_without_its_key, "is not stored"),
        (stored_on_another_ticket, "is not stored"),
        (not_in_the_log, "in no history"),
        (twice_in_the_log, "in the history 2 times"),
        (stored_twice, "stored 2 times"),
        (sent_again_under_another_key, "3 of ticket 7 is stored, and was never"),
        (a_gap_in_the_numbers, "numbered [2, 3]"),
        (a_number_twice, "numbered [1, 1]"),
        (not_shown, "carla on ticket 7 missed [(3, 'message.sent', 2)] (1)"),
        (nothing_shown, "(3)"),
        (shown_twice, "showed [(3, 'message.sent', 2)] (1) too many"),
        (shown_in_another_order, "in another order"),
        (shown_under_another_number, "ada on ticket 7"),
    ],
)
def test_checker_names_each_contradiction_between_histories(spoil, said):
    histories = agreeing()
    spoil(*histories)

    (found,) = contradictions(*histories)

    assert said in found
