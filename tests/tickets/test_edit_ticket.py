"""PUT and PATCH /api/tickets/<id>"""

from io import BytesIO

import pytest

from ticketing.categories.models import Category
from ticketing.tickets.models import Priority, Status

NOT_TOLD = {"unread_count", "last_seq", "last_activity_at", "waiting_since"}


@pytest.fixture
def url(ticket):
    return f"/api/tickets/{ticket.id}"


@pytest.fixture
def other(save):
    return save(Category(name="Software", slug="software"))


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("who", ["customer", "admin"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", "Printer on Fire"),
        ("description", "It burnt."),
        ("priority", "urgent"),
    ],
)
def test_owner_and_admins_can_change_one_field_of_a_ticket(
    api, request, url, method, who, field, value
):
    actor = request.getfixturevalue(who)
    before = api(actor).get(url).json

    response = api(actor).open(url, method=method, json={field: value})

    assert response.status_code == 200
    after = response.json
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {field, "updated_at", "last_seq", "last_activity_at"}
    assert after[field] == value
    shown = api(actor).get(url)
    assert (shown.json, shown.headers["ETag"]) == (after, response.headers["ETag"])


def test_changing_the_category_of_a_ticket_shows_the_new_category(
    api, customer, url, other
):
    response = api(customer).patch(url, json={"category_id": other.id})

    assert response.json["category_id"] == other.id
    assert response.json["category"]["name"] == "Software"


def test_a_form_changes_a_ticket_as_json_does(api, admin, colleague, url, other):
    form = {
        "subject": " New ",
        "category_id": str(other.id),
        "status": "resolved",
        "assigned_to": str(colleague.id),
    }

    response = api(admin).put(url, data=form, content_type="multipart/form-data")

    assert response.status_code == 200
    assert response.json["subject"] == "New"
    assert response.json["category_id"] == other.id
    assert response.json["status"] == "resolved"
    assert response.json["assigned_to"] == colleague.id


def test_an_empty_assigned_to_in_a_form_unassigns_a_ticket(api, make_ticket, admin):
    ticket = make_ticket(admin, assigned_to=admin.id)

    response = api(admin).patch(
        f"/api/tickets/{ticket.id}",
        data={"assigned_to": ""},
        content_type="multipart/form-data",
    )

    assert (response.status_code, response.json["assigned_to"]) == (200, None)


@pytest.mark.parametrize("nothing", ["", " "])
def test_an_empty_assigned_to_in_json_does_not_unassign_a_ticket(
    api, make_ticket, admin, nothing
):
    ticket = make_ticket(admin, assigned_to=admin.id)
    url = f"/api/tickets/{ticket.id}"

    response = api(admin).patch(url, json={"assigned_to": nothing})

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["assigned_to"]
    assert api(admin).get(url).json["assigned_to"] == admin.id


@pytest.mark.parametrize("change", [{"status": "open"}, {"assigned_to": None}])
def test_customers_cannot_set_status_or_assignee(api, customer, url, change):
    before = api(customer).get(url)

    response = api(customer).patch(url, json={"subject": "New", **change})

    assert (response.status_code, response.json["code"]) == (403, "forbidden")
    assert list(change)[0] in response.json["message"]
    after = api(customer).get(url)
    assert (after.json, after.headers["ETag"]) == (before.json, before.headers["ETag"])


@pytest.mark.parametrize("status", list(Status))
def test_admins_can_set_any_status(api, make_ticket, customer, admin, status):
    for current in Status:
        ticket = make_ticket(customer, status=current)

        response = api(admin).patch(
            f"/api/tickets/{ticket.id}", json={"status": status}
        )

        assert (response.status_code, response.json["status"]) == (200, status)


def test_admins_can_assign_and_unassign_a_ticket(
    api, live, heard, admin, colleague, url
):
    socket = live(admin)

    assigned = api(admin).patch(url, json={"assigned_to": colleague.id})
    unassigned = api(admin).patch(url, json={"assigned_to": None})

    assert (assigned.status_code, unassigned.status_code) == (200, 200)
    assert assigned.json["assignee"] == {
        "id": colleague.id,
        "name": "Bob",
        "role": "admin",
    }
    assert unassigned.json["assigned_to"] is unassigned.json["assignee"] is None
    changes = [event["payload"]["changes"] for event in heard(socket)]
    assert changes == [
        {"assigned_to": [None, colleague.id]},
        {"assigned_to": [colleague.id, None]},
    ]


@pytest.mark.parametrize("whom", ["a customer", "an inactive admin", "nobody"])
def test_a_ticket_can_be_assigned_to_an_active_admin_only(
    api, make_user, customer, admin, colleague, url, whom
):
    inactive = make_user("Ivo", colleague.role, active=False)
    ids = {
        "a customer": customer.id,
        "an inactive admin": inactive.id,
        "nobody": 2**63 - 1,
    }

    response = api(admin).patch(url, json={"assigned_to": ids[whom]})

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["assigned_to"]
    assert api(admin).get(url).json["assigned_to"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", ""),
        ("subject", "  "),
        ("subject", None),
        ("subject", "x" * 256),
        ("subject", 7),
        ("description", "x" * 20_001),
        ("description", None),
        ("priority", "asap"),
        ("priority", None),
        ("category_id", "1"),
        ("category_id", None),
        ("category_id", 2**63 - 1),
        ("category_id", 2**63),
        ("status", "done"),
        ("status", None),
        ("assigned_to", "me"),
        ("assigned_to", "1"),
        ("assigned_to", 0),
        ("assigned_to", 2**63),
        ("attachment", "flame.gif"),
        ("user_id", 1),
        ("waiting_on", "support"),
        ("colour", "red"),
    ],
)
def test_editing_a_ticket_names_the_invalid_field(api, admin, url, field, value):
    before = api(admin).get(url).json

    response = api(admin).patch(url, json={"subject": "New", field: value})

    assert (response.status_code, response.json["code"]) == (422, "invalid")
    assert list(response.json["errors"]) == [field]
    assert api(admin).get(url).json == before


def test_editing_a_ticket_with_another_content_type_is_refused(api, customer, url):
    response = api(customer).patch(url, data={"subject": "New"})

    assert response.status_code == 415
    assert response.json["code"] == "unsupported_media_type"


def test_room_lobby_and_owner_receive_the_changes_of_a_ticket(
    api, live, listen, heard, customer, stranger, admin, colleague, category, url, other
):
    sockets = [listen(admin), live(colleague), live(customer), live(stranger)]
    change = {"subject": "New", "priority": "urgent", "category_id": other.id}

    ticket = api(customer).patch(url, json=change).json

    received = [heard(socket) for socket in sockets]
    event = {
        "seq": 1,
        "ticket_id": ticket["id"],
        "name": "ticket.updated",
        "actor_id": customer.id,
        "created_at": ticket["last_activity_at"],
        "payload": {k: v for k, v in ticket.items() if k not in NOT_TOLD}
        | {
            "changes": {
                "subject": ["Printer on fire", "New"],
                "priority": ["medium", "urgent"],
                "category_id": [category.id, other.id],
            }
        },
    }
    assert received == [[event], [event], [event], []]
    assert api(customer).get(f"{url}/events").json["data"] == [event]


def test_editing_a_ticket_without_a_change_emits_nothing(
    api, listen, heard, customer, admin, category, url
):
    socket, before = listen(admin), api(customer).get(url)
    same = {
        "subject": " Printer on fire ",
        "description": "It burns.",
        "priority": Priority.MEDIUM,
        "category_id": category.id,
        "attachment": None,
    }

    responses = [
        api(customer).patch(url, json={}),
        api(customer).put(url, json=same),
        api(admin).patch(url, json={"status": "open", "assigned_to": None}),
    ]

    tags = {response.headers["ETag"] for response in responses}
    assert [response.status_code for response in responses] == [200, 200, 200]
    staff = before.json | {"last_staff_seq": 0, "tags": [], "sla": None}
    assert [response.json for response in responses] == [before.json] * 2 + [staff]
    assert tags == {before.headers["ETag"]}
    assert heard(socket) == []


def test_ticket_updated_names_only_the_fields_that_changed(
    api, listen, heard, customer, url
):
    socket = listen(customer)

    api(customer).patch(url, json={"subject": "Printer on fire", "priority": "low"})

    (event,) = heard(socket)
    assert event["payload"]["changes"] == {"priority": ["medium", "low"]}


def test_the_history_keeps_nested_names_as_they_were(
    api, customer, admin, url, category
):
    api(customer).patch(url, json={"priority": "low"})
    api(admin).patch(f"/api/categories/{category.id}", json={"name": "Machines"})

    api(customer).patch(url, json={"priority": "high"})

    events = api(customer).get(f"{url}/events").json["data"]
    names = [event["payload"]["category"]["name"] for event in events]
    assert names == ["Hardware", "Machines"]


def test_a_customer_cannot_attach_a_file_to_a_closed_ticket(
    app, api, make_ticket, customer, monkeypatch, tmp_path
):
    monkeypatch.setitem(app.config, "UPLOAD_DIR", str(tmp_path))
    closed = make_ticket(customer, status=Status.CLOSED)

    response = api(customer).patch(
        f"/api/tickets/{closed.id}", data={"attachment": (BytesIO(b"text"), "a.txt")}
    )

    assert (response.status_code, response.json["code"]) == (409, "ticket_closed")
    assert list(tmp_path.rglob("*")) == []
