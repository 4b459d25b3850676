"""POST /api/tickets"""

from io import BytesIO

import pytest

URL = "/api/tickets"
NOT_TOLD = {"unread_count", "last_seq", "last_activity_at", "waiting_since"}


@pytest.fixture
def body(category):
    return {
        "category_id": category.id,
        "subject": "Printer on fire",
        "description": "It burns.",
        "priority": "high",
    }


def test_a_customer_can_open_a_ticket(api, customer, category, body):
    response = api(customer).post(URL, json=body)

    ticket = response.json
    assert response.status_code == 201
    assert response.headers["Location"].endswith(f"/api/tickets/{ticket['id']}")
    assert body.items() <= ticket.items()
    assert ticket["status"] == "open"
    assert ticket["category"]["name"] == category.name
    assert ticket["user_id"] == customer.id
    assert ticket["user"] == {"id": customer.id, "name": "Carla", "role": "customer"}
    assert ticket["assigned_to"] is ticket["assignee"] is ticket["attachment"] is None
    assert ticket["waiting_on"] == "support"
    assert (ticket["unread_count"], ticket["last_seq"]) == (0, 1)
    assert ticket["updated_at"] == ticket["created_at"]
    assert ticket["created_at"].endswith("+00:00") and len(ticket["created_at"]) == 32
    assert api(customer).get(response.headers["Location"]).json == ticket


def test_an_admin_can_open_a_ticket_of_their_own(api, admin, body):
    response = api(admin).post(URL, json=body)

    assert response.status_code == 201
    assert response.json["user"]["id"] == admin.id


def test_a_form_opens_a_ticket_as_json_does(api, customer, body):
    response = api(customer).post(URL, data=body, content_type="multipart/form-data")

    assert response.status_code == 201
    assert body.items() <= response.json.items()


def test_a_form_opens_a_ticket_with_an_attachment(
    api, customer, body, app, monkeypatch, tmp_path
):
    monkeypatch.setitem(app.config, "UPLOAD_DIR", str(tmp_path))
    file = (BytesIO(b"GIF89a\1\0\1\0\0\0\0;"), "flame.gif")

    response = api(customer).post(URL, data={**body, "attachment": file})

    assert response.status_code == 201
    url = f"/api/tickets/{response.json['id']}/attachment"
    assert response.json["attachment"] == {
        "name": "flame.gif",
        "content_type": "image/gif",
        "size": 14,
        "url": url,
        "preview_url": f"{url}/preview",
    }


def test_an_empty_file_input_of_a_form_is_no_attachment(api, customer, body):
    form = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in body.items()
    )
    form += '--b\r\nContent-Disposition: form-data; name="attachment"; filename=""\r\n'
    form += "Content-Type: application/octet-stream\r\n\r\n\r\n--b--\r\n"

    response = api(customer).post(
        URL, data=form, content_type="multipart/form-data; boundary=b"
    )

    assert (response.status_code, response.json["attachment"]) == (201, None)


@pytest.mark.parametrize(
    ("field", "sent", "stored"),
    [
        ("subject", "x", "x"),
        ("subject", "x" * 255, "x" * 255),
        ("subject", f"  {'x' * 255}\n", "x" * 255),
        ("subject", "Größe – 寸法 🔥", "Größe – 寸法 🔥"),
        ("description", "🔥" * 20_000, "🔥" * 20_000),
        ("description", "  two\n\nlines \n", "two\n\nlines"),
        ("description", "<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("priority", " urgent ", "urgent"),
        ("attachment", None, None),
    ],
)
def test_opening_a_ticket_accepts_values_within_the_limits(
    api, customer, body, field, sent, stored
):
    response = api(customer).post(URL, json={**body, field: sent})

    assert response.status_code == 201
    assert response.json[field] == stored


@pytest.mark.parametrize("name", ["category_id", "subject", "description", "priority"])
def test_opening_a_ticket_requires_every_field_but_the_attachment(
    api, customer, body, name
):
    without = {field: value for field, value in body.items() if field != name}

    for given in (without, {**body, name: None}, {**body, name: " "}):
        response = api(customer).post(URL, json=given)

        assert response.status_code == 422
        assert response.json["code"] == "invalid"
        assert list(response.json["errors"]) == [name]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", "x" * 256),
        ("subject", 7),
        ("subject", ["x"]),
        ("subject", "nul \0"),
        ("subject", "half \ud800"),
        ("description", "x" * 20_001),
        ("description", {}),
        ("description", True),
        ("priority", "asap"),
        ("priority", "HIGH"),
        ("priority", 3),
        ("category_id", "1"),
        ("category_id", 1.0),
        ("category_id", True),
        ("category_id", 0),
        ("category_id", -1),
        ("category_id", 2**63 - 1),
        ("category_id", 2**63),
        ("attachment", "flame.gif"),
        ("attachment", {}),
        ("colour", "red"),
        ("colour", ""),
        ("id", 1),
        ("user_id", 1),
        ("status", "closed"),
        ("assigned_to", None),
    ],
)
def test_opening_a_ticket_names_the_invalid_field(api, customer, body, field, value):
    response = api(customer).post(URL, json={**body, field: value})

    assert response.status_code == 422
    assert response.json["code"] == "invalid"
    assert list(response.json["errors"]) == [field]
    assert api(customer).get(URL).json["data"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("category_id", "one"),
        ("category_id", "1.0"),
        ("category_id", "9223372036854775808"),
        ("priority", "asap"),
        ("subject", "x" * 256),
        ("subject", ["one", "two"]),
        ("subject", (BytesIO(b"a file"), "subject.txt")),
        ("attachment", "flame.gif"),
        ("colour", "red"),
    ],
)
def test_opening_a_ticket_by_a_form_names_the_invalid_field(
    api, customer, body, field, value
):
    response = api(customer).post(
        URL, data={**body, field: value}, content_type="multipart/form-data"
    )

    assert response.status_code == 422
    assert list(response.json["errors"]) == [field]


def test_a_form_field_that_is_both_text_and_file_is_refused(api, customer, body):
    both = ["a caption", (BytesIO(b"plain text"), "note.txt")]

    response = api(customer).post(URL, data={**body, "attachment": both})

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["attachment"]


def test_opening_a_ticket_names_all_invalid_fields_at_once(api, customer):
    response = api(customer).post(URL, json={"colour": 1})

    fields = {"category_id", "subject", "description", "priority", "colour"}
    assert set(response.json["errors"]) == fields


@pytest.mark.parametrize(
    ("data", "content_type", "status", "code"),
    [
        ("{", "application/json", 400, "bad_request"),
        ('{"subject": "a", "subject": "b"}', "application/json", 400, "bad_request"),
        ("[]", "application/json", 422, "invalid"),
        ("subject=a", "application/x-www-form-urlencoded", 415, None),
        ("subject", "text/plain", 415, None),
        (None, None, 415, None),
    ],
)
def test_opening_a_ticket_refuses_malformed_json_and_other_content_types(
    api, customer, data, content_type, status, code
):
    response = api(customer).post(URL, data=data, content_type=content_type)

    assert response.status_code == status
    assert response.json["code"] == (code or "unsupported_media_type")


def test_admins_and_the_owner_receive_ticket_created(
    api, live, heard, customer, stranger, admin, body
):
    sockets = [live(user) for user in (customer, admin, stranger)]

    ticket = api(customer).post(URL, json=body).json

    received = [heard(socket) for socket in sockets]
    event = {
        "seq": 1,
        "ticket_id": ticket["id"],
        "name": "ticket.created",
        "actor_id": customer.id,
        "created_at": ticket["last_activity_at"],
        "payload": {k: v for k, v in ticket.items() if k not in NOT_TOLD},
    }
    assert received == [[event], [event], []]
    history = api(customer).get(f"{URL}/{ticket['id']}/events").json
    assert history["data"] == [event]


def test_a_refused_ticket_emits_nothing(api, live, heard, customer, admin, body):
    socket = live(admin)

    api(customer).post(URL, json={**body, "category_id": 2**63 - 1})

    assert heard(socket) == []
