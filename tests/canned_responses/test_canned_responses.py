"""/canned-responses: list, create, show, change, delete"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert

from ticketing.canned_responses import service
from ticketing.canned_responses.models import CannedResponse
from ticketing.core.database import db

URL = "/api/canned-responses"
BODY = {"title": "Thanks", "shortcut": "Ty", "text": "Hi {{customer.name}}."}
PLACEHOLDERS = "{{customer.name}} {{ticket.id}} {{ticket.subject}} {{agent.name}}"


@pytest.fixture
def add(api):
    """Create a canned response as a user; return the answer."""
    return lambda user, **fields: api(user).post(URL, json=BODY | fields)


@pytest.fixture
def fill_up(app):
    """Store the maximum number of canned responses of a user."""

    def fill_up(user, shared):
        rows = [
            {
                "owner_id": user.id,
                "shared": shared,
                "shortcut_key": f"{shared} {number}",
                **dict.fromkeys(("title", "shortcut", "text"), "-"),
            }
            for number in range(service.MAX_CANNED_RESPONSES)
        ]
        with app.app_context():
            db.session.execute(insert(CannedResponse), rows)
            db.session.commit()

    return fill_up


def test_canned_response_is_created_and_can_be_shown(api, admin, add):
    response = add(admin, title=" Thanks ")

    assert response.status_code == 201
    assert response.json == {"id": response.json["id"], **BODY, "shared": False}
    assert response.headers["Location"] == f"{URL}/{response.json['id']}"
    assert api(admin).get(response.headers["Location"]).json == response.json


def test_shared_and_own_canned_responses_are_listed_by_id(api, admin, colleague, add):
    own = add(admin).json
    shared = add(colleague, shortcut="b", shared=True).json
    add(colleague, shortcut="c")
    last = add(admin, shortcut="d", shared=True).json

    first = api(admin).get(f"{URL}?limit=2").json
    second = api(admin).get(f"{URL}?cursor={first['next']}").json

    assert first["data"] == [own, shared]
    assert second == {"data": [last], "next": None}


def test_canned_response_can_be_changed_in_part(api, admin, add):
    created = add(admin)
    url = created.headers["Location"]

    response = api(admin).patch(url, json={"text": "{{agent.name}}", "shared": True})

    changed = {"text": "{{agent.name}}", "shared": True}
    assert response.json == created.json | changed
    assert api(admin).get(url).json == response.json
    assert api(admin).patch(url, json={"shortcut": "TY"}).json["shortcut"] == "TY"


def test_every_admin_can_change_and_delete_a_shared_canned_response(
    api, admin, colleague, add
):
    url = add(admin, shared=True).headers["Location"]

    assert api(colleague).patch(url, json={"title": "Ours"}).status_code == 200
    assert api(colleague).delete(url).status_code == 204
    assert api(admin).get(url).status_code == 404


def test_who_takes_a_shared_canned_response_from_the_others_keeps_it(
    api, admin, colleague, add
):
    url = add(admin, shared=True).headers["Location"]
    api(colleague).delete(f"/api/users/{admin.id}")

    api(colleague).patch(url, json={"shared": False})

    assert api(colleague).get(url).status_code == 200


def test_an_unshared_canned_response_of_another_admin_does_not_exist(
    api, admin, colleague, add, ticket
):
    url = add(admin).headers["Location"]

    assert api(colleague).get(url).status_code == 404
    assert api(colleague).get(f"{url}/text?ticket_id={ticket.id}").status_code == 404
    assert api(colleague).patch(url, json={"shared": True}).status_code == 404
    assert api(colleague).delete(url).status_code == 404


@pytest.mark.parametrize("taken", ["Ty", "TY", " ty ", "ｔｙ"])
@pytest.mark.parametrize("shared", [True, False])
def test_a_shortcut_is_unique_among_shared_and_own_canned_responses(
    admin, colleague, add, taken, shared
):
    add(admin, shared=shared)

    again = add(admin, shortcut=taken)
    by_colleague = add(colleague, shortcut=taken)

    assert again.status_code == 422
    assert again.json["errors"] == {"shortcut": ["Has already been taken."]}
    assert by_colleague.status_code == (422 if shared else 201)


def test_shortcut_cannot_be_changed_into_one_that_is_taken(
    api, admin, colleague, add
):
    add(colleague, shared=True)
    add(admin, shortcut="own")
    url = add(admin, shortcut="other").headers["Location"]

    for taken in ("ty", "OWN"):
        response = api(admin).patch(url, json={"shortcut": taken})
        assert response.status_code == 422
        assert list(response.json["errors"]) == ["shortcut"]
    assert api(admin).get(url).json["shortcut"] == "other"


def test_a_canned_response_cannot_be_shared_with_the_shortcut_of_a_shared_one(
    api, admin, colleague, add
):
    url = add(admin).headers["Location"]
    add(colleague, shared=True)

    response = api(admin).patch(url, json={"shared": True})

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["shortcut"]


def test_a_canned_response_can_be_changed_though_a_colleague_shared_its_shortcut(
    api, admin, colleague, add
):
    url = add(admin).headers["Location"]
    add(colleague, shared=True)

    response = api(admin).patch(url, json={"text": "Hello."})

    assert response.status_code == 200
    assert response.json["text"] == "Hello."


def test_a_shortcut_shared_concurrently_is_shared_once(
    api, admin, colleague, add
):
    users = [admin, colleague] * 4

    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda user: add(user, shared=True), users)
        statuses = [answer.status_code for answer in answers]

    assert sorted(statuses) == [201] + [422] * 7


@pytest.mark.parametrize("text", [PLACEHOLDERS, "{{", "}}", "{ {x} }", "{{a{b}}"])
def test_known_placeholders_and_lone_braces_are_accepted(admin, add, text):
    response = add(admin, text=text)

    assert response.status_code == 201
    assert response.json["text"] == text


@pytest.mark.parametrize(
    "unknown",
    [
        *("{{name}}", "{{customer.email}}", "{{ customer.name }}", "{{}}"),
        *("{{Customer.name}}", "{{customer.name.__class__}}", "{{7*7}}"),
    ],
)
def test_unknown_placeholder_is_refused_naming_it(api, admin, add, unknown):
    url = add(admin).headers["Location"]
    text = f"{PLACEHOLDERS} {unknown} {{{{another}}}}"

    created = add(admin, shortcut="other", text=text)
    changed = api(admin).patch(url, json={"text": text})

    for response in (created, changed):
        assert response.status_code == 422
        [message] = response.json["errors"]["text"]
        assert f"no placeholder {unknown};" in message


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 101}, "title"),
        ({"shortcut": "x" * 41}, "shortcut"),
        ({"text": "x" * 10_001}, "text"),
        ({"text": None}, "text"),
        ({"shared": None}, "shared"),
        ({"owner_id": 1}, "owner_id"),
    ],
)
def test_an_invalid_field_of_a_canned_response_is_named(admin, add, fields, named):
    response = add(admin, **fields)

    assert response.status_code == 422
    assert list(response.json["errors"]) == [named]


@pytest.mark.parametrize("shared", [True, False])
def test_there_are_at_most_1000_canned_responses_of_a_kind(admin, add, fill_up, shared):
    fill_up(admin, shared)

    response = add(admin, shared=shared)

    assert response.status_code == 409
    assert response.json["code"] == "too_many"
    assert add(admin, shared=not shared).status_code == 201
