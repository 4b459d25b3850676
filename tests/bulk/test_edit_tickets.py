"""PATCH /tickets"""

import pytest

from ticketing.accounts.models import Role
from ticketing.bulk import service

URL = "/api/tickets"
MISSING = 10**17


@pytest.fixture
def edit(api, admin):
    """Change tickets; return the answer."""

    def edit(tickets, **changes):
        ids = [getattr(ticket, "id", ticket) for ticket in tickets]
        return api(admin).patch(URL, json={"ids": ids, "changes": changes})

    return edit


@pytest.fixture
def tickets(make_ticket, customer):
    """Three tickets."""
    return [make_ticket(customer) for _ in range(3)]


@pytest.fixture
def shown(api, admin):
    """Return tickets as admins see them."""
    return lambda tickets: [
        api(admin).get(f"{URL}/{ticket.id}").json for ticket in tickets
    ]


def test_a_bulk_edit_changes_every_field_of_every_ticket(
    api, edit, tickets, shown, admin, save, category
):
    other = api(admin).post("/api/categories", json={"name": "Other"}).json["id"]
    changes = {"status": "in_progress", "priority": "urgent", "category_id": other}
    changes["assigned_to"] = admin.id

    response = edit(tickets[::-1], **changes, tags_add=["refund"])

    assert response.status_code == 200
    assert response.json == {
        "data": [{"id": ticket.id, "ok": True} for ticket in tickets[::-1]]
    }
    for ticket in shown(tickets):
        assert {name: ticket[name] for name in changes} == changes
        assert ticket["tags"] == ["refund"]


def test_a_bulk_edit_adds_and_removes_tags_and_keeps_others(
    api, admin, edit, tickets, shown
):
    for ticket, tags in zip(tickets, (["Late", "VIP"], ["VIP"], []), strict=True):
        api(admin).put(f"{URL}/{ticket.id}/tags", json={"tags": tags})

    response = edit(tickets, tags_add=["refund", "vip"], tags_remove=["LATE"])

    assert all(result["ok"] for result in response.json["data"])
    assert [ticket["tags"] for ticket in shown(tickets)] == [["refund", "VIP"]] * 3


def test_each_ticket_that_cannot_be_changed_says_why(edit, tickets, shown):
    first, second, third = tickets

    response = edit([first, MISSING, third], category_id=MISSING)

    invalid, hidden, again = response.json["data"]
    assert (invalid["id"], invalid["ok"]) == (first.id, False)
    assert invalid["error"]["code"] == "invalid"
    assert list(invalid["error"]["errors"]) == ["category_id"]
    assert (hidden["id"], hidden["ok"]) == (MISSING, False)
    assert hidden["error"]["code"] == "not_found"
    assert "errors" not in hidden["error"]
    assert again["error"] == invalid["error"]


def test_a_bulk_edit_changes_the_other_tickets_if_one_cannot_be_changed(
    edit, tickets, shown
):
    response = edit([tickets[0], MISSING, tickets[2]], priority="high")

    assert [result["ok"] for result in response.json["data"]] == [True, False, True]
    priorities = [ticket["priority"] for ticket in shown(tickets)]
    assert priorities == ["high", "medium", "high"]


def test_a_bulk_edit_changes_each_ticket_wholly_or_not_at_all(
    api, admin, edit, tickets, shown, listen, heard
):
    full = [f"tag {number:02}" for number in range(20)]
    api(admin).put(f"{URL}/{tickets[0].id}/tags", json={"tags": full})

    response = edit(tickets[:2], priority="high", tags_add=["one more"])

    refused, changed = response.json["data"]
    assert list(refused["error"]["errors"]) == ["tags_add"]
    assert changed["ok"]
    before, after = shown(tickets[:2])
    assert (before["priority"], before["tags"]) == ("medium", full)
    assert (after["priority"], after["tags"]) == ("high", ["one more"])
    assert api(admin).get(f"{URL}/{tickets[0].id}/events").json["data"] == []


def test_a_bulk_edit_emits_the_events_of_single_edits(
    edit, ticket, listen, heard, admin, customer
):
    staff, public = listen(admin), listen(customer)

    edit([ticket], status="resolved", tags_add=["refund"])

    updated, tagged = heard(staff)
    assert updated["name"] == "ticket.updated"
    assert updated["payload"]["changes"] == {"status": ["open", "resolved"]}
    assert tagged["name"] == "ticket.tagged"
    assert tagged["payload"]["added"] == ["refund"]
    assert heard(public) == [updated]


def test_a_bulk_edit_without_a_change_emits_nothing(edit, ticket, listen, heard, admin):
    socket = listen(admin)

    response = edit([ticket], status="open", tags_remove=["unknown"])

    assert response.json["data"] == [{"id": ticket.id, "ok": True}]
    assert heard(socket) == []


def test_a_bulk_edit_can_remove_the_assignee(edit, make_ticket, customer, admin, shown):
    ticket = make_ticket(customer, assigned_to=admin.id)

    edit([ticket], assigned_to=None)

    assert shown([ticket])[0]["assigned_to"] is None


def test_a_bulk_edit_has_at_most_100_tickets(api, admin, edit):
    ids = list(range(MISSING, MISSING + 101))

    assert len(edit(ids[:100], status="open").json["data"]) == 100
    assert edit(ids, status="open").status_code == 422


@pytest.mark.parametrize(
    ("ids", "named"),
    [
        ([], "ids"),
        ([1, 2, 1], "ids"),
        ([1, 1.0], "ids"),
        ([0], "ids.0"),
        ([1, "2"], "ids.1"),
        ([True], "ids.0"),
        ([2**63], "ids.0"),
        ("all", "ids"),
        (None, "ids"),
    ],
)
def test_a_bulk_edit_refuses_invalid_ids(api, admin, ids, named):
    response = api(admin).patch(URL, json={"ids": ids, "changes": {"status": "open"}})

    assert response.status_code == 422
    assert list(response.json["errors"]) == [named]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, "changes._schema"),
        (None, "changes"),
        ([], "changes._schema"),
        ({"subject": "Out"}, "changes.subject"),
        ({"attachment": None}, "changes.attachment"),
        ({"tags": []}, "changes.tags"),
        ({"status": "opened"}, "changes.status"),
        ({"status": None}, "changes.status"),
        ({"assigned_to": "me"}, "changes.assigned_to"),
        ({"tags_add": []}, "changes.tags_add"),
        ({"tags_add": ["a,b"]}, "changes.tags_add.0"),
        ({"tags_add": ["VIP"], "tags_remove": ["vip"]}, "changes.tags_remove"),
        ({"tags_remove": [str(n) for n in range(21)]}, "changes.tags_remove"),
    ],
)
def test_a_bulk_edit_with_invalid_changes_is_refused_and_changes_nothing(
    api, admin, ticket, shown, changes, named
):
    before = shown([ticket])

    response = api(admin).patch(URL, json={"ids": [ticket.id], "changes": changes})

    assert response.status_code == 422
    assert list(response.json["errors"]) == [named]
    assert shown([ticket]) == before


def test_an_admin_demoted_during_a_bulk_edit_changes_no_further_ticket(
    api, make_user, admin, tickets, shown, monkeypatch
):
    grace = make_user("Grace", Role.ADMIN)
    edit, edited = service._edit, []

    def demoted_after_the_first(*args, **kwargs):
        if len(edited) == 1:
            api(admin).patch(f"/api/users/{grace.id}", json={"role": "customer"})
        edited.append(args)
        return edit(*args, **kwargs)

    monkeypatch.setattr(service, "_edit", demoted_after_the_first)
    body = {"ids": [t.id for t in tickets], "changes": {"priority": "high"}}

    response = api(grace).patch(URL, json=body)

    codes = [result.get("error", {}).get("code") for result in response.json["data"]]
    assert codes == [None, "not_found", "not_found"]
    assert [t["priority"] for t in shown(tickets)] == ["high", "medium", "medium"]
