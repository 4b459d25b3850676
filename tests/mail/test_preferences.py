"""Preferences: the kinds of mails that a user wants"""

import pytest

from ticketing.core.database import db
from ticketing.mail.models import Kind, Preference

URL = "/api/me/notifications"
DEFAULT = {
    "ticket_received": True,
    "ticket_opened": False,
    "assigned": True,
    "reply": True,
    "status": True,
    "alert": True,
}


def test_all_mails_but_one_kind_are_on_by_default(api, customer):
    assert api(customer).get(URL).json == {"email": DEFAULT}


def test_kinds_are_switched_by_themselves(api, customer, stranger):
    api(customer).patch(URL, json={"email": {"reply": False}})

    answer = api(customer).patch(
        URL, json={"email": {"ticket_opened": True, "reply": False}}
    )

    changed = {"email": DEFAULT | {"reply": False, "ticket_opened": True}}
    assert answer.status_code == 200
    assert answer.json == changed == api(customer).get(URL).json
    assert api(stranger).get(URL).json == {"email": DEFAULT}


@pytest.mark.parametrize("body", [{}, {"email": {}}])
def test_nothing_to_change_changes_nothing(api, customer, body):
    answer = api(customer).patch(URL, json=body)

    assert answer.json == {"email": DEFAULT}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": {"security": False}}, "email.security"),
        ({"email": {"reply": "no"}}, "email.reply"),
        ({"email": {"reply": None}}, "email.reply"),
        ({"email": ["reply"]}, "email"),
        ({"email": None}, "email"),
        ({"push": {}}, "push"),
    ],
)
def test_what_cannot_be_switched_is_refused(api, customer, body, field):
    answer = api(customer).patch(URL, json=body)

    assert answer.status_code == 422
    assert [name.partition("._schema")[0] for name in answer.json["errors"]] == [field]
    assert api(customer).get(URL).json == {"email": DEFAULT}


def test_a_kind_that_is_off_is_not_mailed(
    api, open_ticket, say, sent, customer, admin
):
    api(customer).patch(URL, json={"email": {"ticket_received": False}})
    ticket = open_ticket()
    say(admin, ticket, "Unplug it.")

    assert sent() == [f"reply to {customer.email}"]


def test_a_kind_that_was_switched_off_meanwhile_is_not_mailed(
    api, open_ticket, sent, customer, admin
):
    open_ticket()
    api(customer).patch(URL, json={"email": {"ticket_received": False}})

    assert sent() == []


def test_choices_go_with_the_user(app, api, customer):
    api(customer).patch(URL, json={"email": {"reply": False}})

    with app.app_context():
        [row] = db.session.scalars(db.select(Preference))
    assert (row.user_id, row.kind, row.wanted) == (customer.id, Kind.REPLY, False)
