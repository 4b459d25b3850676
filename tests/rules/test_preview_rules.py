"""POST /api/rules/preview"""

import pytest

URL = "/api/rules/preview"


@pytest.fixture
def preview(api, admin):
    """Preview rules on a ticket; return what they would do."""

    def preview(ticket, on="ticket.updated", **more):
        body = {"ticket_id": ticket["id"], "on": on, **more}
        response = api(admin).post(URL, json=body)
        assert response.status_code == 200
        return response.json["data"]

    return preview


@pytest.fixture
def stored(app):
    """Return every row of the database."""
    from ticketing.core.database import db

    def stored():
        with app.app_context(), db.engine.connect() as connection:
            return {
                table.name: sorted(map(repr, connection.execute(table.select())))
                for table in db.metadata.sorted_tables
            }

    return stored


def test_a_preview_says_what_each_rule_would_do_and_why(
    add_rule, open_ticket, preview, colleague
):
    fits = add_rule(
        "ticket.updated",
        {"status": ["open", "closed"], "words": ["printer"]},
        {"assign": {"to": colleague.id}, "notify": "assignee"},
        name="fits",
    )
    add_rule("ticket.updated", {"priority": ["urgent"]}, name="does not")
    ticket = open_ticket(priority="low")

    found = preview(ticket)

    assert found[0] == {
        "rule_id": fits["id"],
        "name": "fits",
        "applies": True,
        "why": [
            {"condition": "status", "value": "open"},
            {"condition": "words", "value": ["printer"]},
        ],
        "would": {"assigned_to": [None, colleague.id], "notified": [colleague.id]},
    }
    del found[1]["rule_id"]
    assert found[1:] == [
        {
            "name": "does not",
            "applies": False,
            "why": [{"condition": "priority", "value": "low"}],
            "would": {},
        }
    ]


def test_a_preview_equals_what_the_rules_then_do(
    add_rule, open_ticket, preview, edit, admin, colleague, work, applied
):
    among = {"assign": {"among": "all"}}
    add_rule("ticket.updated", {"assigned": False}, among, position=1)
    add_rule("ticket.updated", {"assigned": True}, {"priority": "raise"}, position=2)
    add_rule("ticket.updated", {"priority": ["low"]}, {"status": "closed"}, position=3)
    add_rule("ticket.updated", actions=among, position=4, stop=True)
    add_rule("ticket.updated", actions={"notify": "admins"}, position=5)
    ticket = open_ticket(priority="low")

    found = preview(ticket)
    edit(admin, ticket, subject="-")
    work()

    assert [each["applies"] for each in found] == [True, True, False, True]
    would = [each["would"] for each in found if each["applies"]]
    assert would == [each["did"] for each in applied(ticket)]
    assert would[0] == {"assigned_to": [None, admin.id]}
    assert would[2] == {"assigned_to": [admin.id, colleague.id]}


def test_a_ticket_of_a_former_admin_is_unassigned_when_a_rule_reopens_it(
    add_rule, open_ticket, preview, edit, api, admin, colleague, work, applied, show
):
    ticket = open_ticket(priority="low")
    edit(admin, ticket, assigned_to=colleague.id, status="closed")
    api(admin).patch(f"/api/users/{colleague.id}", json={"active": False})
    add_rule("ticket.updated", actions={"status": "open"}, position=1)
    add_rule("ticket.updated", {"assigned": False}, {"priority": "raise"}, position=2)

    found = preview(ticket)
    edit(admin, ticket, subject="-")
    work()

    assert show(ticket)["assigned_to"] is None
    assert [each["would"] for each in found] == [
        {"assigned_to": [colleague.id, None], "status": ["closed", "open"]},
        {"priority": ["low", "medium"]},
    ]
    assert [each["did"] for each in applied(ticket)] == [
        each["would"] for each in found
    ]


def test_a_preview_changes_nothing(
    add_rule, open_ticket, preview, stored, listen, heard, live, admin, work, asleep
):
    actions = {"assign": {"among": "all"}, "status": "closed", "notify": "admins"}
    add_rule("ticket.updated", actions={**actions, "priority": "raise"})
    ticket, socket = open_ticket(), live(admin)
    preview(ticket)  # its token is stored
    heard(socket)
    before = {name: rows for name, rows in stored().items() if name != "tokens"}

    preview(ticket)

    after = {name: rows for name, rows in stored().items() if name != "tokens"}
    assert after == before
    assert heard(socket) == []


def test_a_preview_tries_no_rule_after_one_that_stops(add_rule, open_ticket, preview):
    add_rule("ticket.updated", name="last", stop=True)
    add_rule("ticket.updated", name="none", position=1)

    assert [each["name"] for each in preview(open_ticket())] == ["last"]


def test_a_preview_tries_only_active_rules_for_the_trigger(
    add_rule, open_ticket, preview
):
    add_rule("ticket.updated", active=False)
    add_rule("ticket.opened")

    assert preview(open_ticket()) == []


def test_a_preview_may_have_a_target(add_rule, open_ticket, preview):
    add_rule("sla.missed", {"target": ["resolution"]})
    ticket = open_ticket()

    found = [
        preview(ticket, "sla.missed", **target)[0]["applies"]
        for target in ({}, {"target": "resolution"}, {"target": "next_response"})
    ]

    assert found == [False, True, False]


def test_a_preview_counts_the_minutes_for_which_a_ticket_is_idle_now(
    clock, add_rule, open_ticket, edit, admin, preview
):
    add_rule("idle", {"idle_minutes": 30})
    ticket, closed = open_ticket(), open_ticket()
    edit(admin, closed, status="closed")

    before = preview(ticket, "idle")[0]
    clock.shift(30 * 60)
    after = preview(ticket, "idle")[0]

    assert (before["applies"], after["applies"]) == (False, True)
    assert before["why"] == [{"condition": "idle_minutes", "value": 0}]
    assert preview(closed, "idle")[0]["applies"] is False


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"on": "ticket.closed"}, "on"),
        ({"on": None}, "on"),
        ({"ticket_id": 0}, "ticket_id"),
        ({"target": "reply"}, "target"),
        ({"target": "resolution"}, "target"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_invalid_preview_is_refused_naming_the_field(
    api, admin, ticket, fields, refused
):
    body = {"ticket_id": ticket.id, "on": "ticket.opened", **fields}

    response = api(admin).post(URL, json=body)

    assert (response.status_code, set(response.json["errors"])) == (422, {refused})


def test_the_preview_of_a_missing_ticket_is_not_found(api, admin):
    body = {"ticket_id": 10**9, "on": "ticket.opened"}

    response = api(admin).post(URL, json=body)

    assert (response.status_code, response.json["code"]) == (404, "not_found")
