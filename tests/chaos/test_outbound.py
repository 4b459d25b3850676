"""The checker of what is owed finds what is wrong, and only that."""

import pytest
from chaos.outbound import undelivered, unmailed
from outside import Delivery, Mail
from served import Caller

TEXTS = ["text-0123456789abcdef", "text-fedcba9876543210"]
CARLA = {"id": 2, "email": "carla@example.org", "role": "customer"}
ADA = {"id": 1, "email": "ada@example.org", "role": "admin"}
PEOPLE = [Caller("", user=user) for user in (ADA, CARLA)]


def entry(seq, name, actor, **payload):
    return {"seq": seq, "name": name, "actor_id": actor["id"], "payload": payload}


LOG = {
    7: [
        entry(1, "ticket.created", CARLA),
        entry(2, "message.sent", CARLA, message=TEXTS[0]),
        entry(3, "comment.added", ADA, content=TEXTS[1]),
    ]
}


def delivery(seq, its_id=None):
    event = {"ticket_id": 7, "seq": seq}
    return Delivery(0.0, its_id or f"msg_{seq}", {"data": {"event": event}})


def mail(kind, to, text="", seq=3):
    its_id = f"<ticket-7.{kind}.{seq}.{to['id']}@example.org>"
    return Mail(0.0, to["email"], its_id, text)


ARRIVED = mail("ticket_received", CARLA, seq=1)
TO_ADA, TO_CARLA = mail("reply", ADA, TEXTS[0], 2), mail("reply", CARLA, TEXTS[1])


@pytest.mark.parametrize("seqs", [[1, 2, 3], [1, 2, 1, 2, 3], [1, 2, 3, 3]], ids=str)
def test_deliveries_that_are_made_in_order_are_right(seqs):
    assert undelivered(LOG, [delivery(seq) for seq in seqs]) == []


@pytest.mark.parametrize(
    "received",
    [
        [],
        [delivery(1), delivery(3)],
        [delivery(1), delivery(2)],
        [delivery(1), delivery(3), delivery(2)],
        [delivery(1), delivery(2), delivery(2, "msg_9"), delivery(3)],
        [delivery(1), delivery(2, "msg_1"), delivery(3)],
    ],
    ids=["none", "a gap", "no end", "disorder", "two ids", "one id"],
)
def test_deliveries_that_are_wrong_are_found(received):
    assert undelivered(LOG, received)


@pytest.mark.parametrize("again", [[], [TO_ADA], [TO_CARLA, TO_ADA]], ids=len)
def test_mails_that_tell_each_text_to_the_other_side_are_right(again):
    assert unmailed(LOG, PEOPLE, [ARRIVED, TO_ADA, TO_CARLA, *again]) == []


@pytest.mark.parametrize(
    "mails",
    [
        [TO_ADA, TO_CARLA],
        [ARRIVED, TO_ADA],
        [ARRIVED, TO_ADA, TO_CARLA, mail("reply", CARLA, TEXTS[1], 4)],
        [ARRIVED, TO_ADA, TO_CARLA, mail("reply", CARLA, TEXTS[0], 2)],
        [ARRIVED, TO_ADA, TO_CARLA, mail("reply", CARLA, "")],
    ],
    ids=["no arrival", "no reply", "two ids", "own words", "other words"],
)
def test_mails_that_are_wrong_are_found(mails):
    assert unmailed(LOG, PEOPLE, mails)
