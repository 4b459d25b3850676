"""POST /views, GET, PATCH and DELETE /views/{id}"""

import pytest
from sqlalchemy import insert

from ticketing.core.database import db
from ticketing.views import service
from ticketing.views.models import View

URL = "/api/views"


@pytest.fixture
def fill(app):
    """Store the maximum number of views of a user."""

    def fill(user, shared):
        row = {"owner_id": user.id, "name": "-", "query": {}, "shared": shared}
        with app.app_context():
            db.session.execute(insert(View), [row] * service.MAX_VIEWS)
            db.session.commit()

    return fill


def test_view_is_saved_with_its_count_and_can_be_shown(api, admin, ticket):
    body = {"name": " Medium ", "query": {"priority": "medium", "sort": "-priority"}}

    response = api(admin).post(URL, json=body)

    assert response.status_code == 201
    assert response.json == {
        "id": response.json["id"],
        "key": None,
        "name": "Medium",
        "query": body["query"],
        "shared": False,
        "count": 1,
    }
    assert response.headers["Location"] == f"{URL}/{response.json['id']}"
    assert api(admin).get(response.headers["Location"]).json == response.json


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"status": "open,closed"},
        {"category_id": "1", "assigned_to": "none", "waiting_on": "customer"},
        {"user_id": "7", "tag": "refund, VIP", "sort": "waiting_since"},
    ],
)
def test_the_query_of_a_view_is_stored_as_it_was_sent(api, admin, query):
    response = api(admin).post(URL, json={"name": "-", "query": query})

    assert response.status_code == 201
    assert response.json["query"] == query


def test_blank_parameter_of_a_query_counts_as_absent(api, admin):
    query = {"status": " ", "priority": " high "}

    response = api(admin).post(URL, json={"name": "-", "query": query})

    assert response.json["query"] == {"priority": "high"}


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"status": "opened"}, "query.status"),
        ({"status": "open,"}, "query.status"),
        ({"category_id": "x"}, "query.category_id"),
        ({"category_id": 1}, "query.category_id"),
        ({"assigned_to": "you"}, "query.assigned_to"),
        ({"sort": "id"}, "query.sort"),
        ({"tag": "a\nb"}, "query.tag"),
        ({"q": "refund"}, "query.q"),
        ({"limit": "10"}, "query.limit"),
        ({"cursor": "x"}, "query.cursor"),
        ({"nobody_knows": "1"}, "query.nobody_knows"),
        ({"status": ["open"]}, "query.status"),
        ({"status": None}, "query.status"),
        ({"status": "\ud800"}, "query.status"),
        ({"user_id": "1' OR '1'='1"}, "query.user_id"),
        ("status=open", "query"),
        ([], "query"),
        (None, "query"),
    ],
)
def test_a_view_with_a_query_that_the_list_of_tickets_refuses_is_refused(
    api, admin, query, named
):
    response = api(admin).post(URL, json={"name": "-", "query": query})

    assert response.status_code == 422
    assert list(response.json["errors"]) == [named]


def test_a_parameter_of_a_view_may_have_the_longest_tags_but_is_limited(api, admin):
    tags = ", ".join(f"{number:040}" for number in range(20))
    statuses = ",".join(["open"] * 201)

    accepted = api(admin).post(URL, json={"name": "-", "query": {"tag": tags}})
    refused = api(admin).post(URL, json={"name": "-", "query": {"status": statuses}})

    assert accepted.status_code == 201
    assert refused.status_code == 422
    assert refused.json["errors"] == {
        "query.status": ["Longer than maximum length 1000."]
    }


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"query": {}}, "name"),
        ({"name": "-"}, "query"),
        ({"name": "x" * 101, "query": {}}, "name"),
        ({"name": "-", "query": {}, "shared": "yes"}, "shared"),
        ({"name": "-", "query": {}, "key": "mine"}, "key"),
    ],
)
def test_an_invalid_field_of_a_view_is_named(api, admin, body, named):
    response = api(admin).post(URL, json=body)

    assert response.status_code == 422
    assert list(response.json["errors"]) == [named]


def test_view_can_be_changed_in_part(api, admin, save_view):
    view = save_view(admin, status="open")
    url = f"{URL}/{view['id']}"

    renamed = api(admin).patch(url, json={"name": "Open ones"})
    requeried = api(admin).patch(url, json={"query": {"status": "closed"}})

    assert renamed.json == view | {"name": "Open ones"}
    assert requeried.json == renamed.json | {"query": {"status": "closed"}}
    assert api(admin).get(url).json == requeried.json


def test_shared_view_is_every_admins_to_change_and_delete(
    api, admin, colleague, save_view
):
    url = f"{URL}/{save_view(admin, shared=True)['id']}"

    assert api(colleague).patch(url, json={"name": "Ours"}).status_code == 200
    assert api(admin).get(url).json["name"] == "Ours"
    assert api(colleague).delete(url).status_code == 204
    assert api(admin).get(url).status_code == 404


def test_an_unshared_view_of_another_admin_does_not_exist(
    api, admin, colleague, save_view
):
    url = f"{URL}/{save_view(admin)['id']}"

    assert api(colleague).get(url).status_code == 404
    assert api(colleague).patch(url, json={"shared": True}).status_code == 404
    assert api(colleague).delete(url).status_code == 404
    assert api(admin).get(url).json["shared"] is False


def test_view_can_be_shared_and_be_ones_own_again(api, admin, colleague, save_view):
    url = f"{URL}/{save_view(admin)['id']}"

    api(admin).patch(url, json={"shared": True})
    seen = api(colleague).get(url).status_code
    api(admin).patch(url, json={"shared": False})

    assert seen == 200
    assert api(colleague).get(url).status_code == 404


def test_who_takes_a_shared_view_from_the_others_keeps_it(
    api, admin, colleague, save_view
):
    url = f"{URL}/{save_view(admin, shared=True)['id']}"
    api(colleague).delete(f"/api/users/{admin.id}")

    api(colleague).patch(url, json={"shared": False})

    assert api(colleague).get(url).status_code == 200


@pytest.mark.parametrize("shared", [True, False])
def test_there_are_at_most_100_views_of_a_kind(api, admin, colleague, fill, shared):
    fill(admin, shared)
    body = {"name": "-", "query": {}, "shared": shared}

    response = api(admin).post(URL, json=body)
    of_other_kind = api(admin).post(URL, json=body | {"shared": not shared})
    by_colleague = api(colleague).post(URL, json=body)

    assert response.status_code == 409
    assert response.json["code"] == "too_many"
    assert of_other_kind.status_code == 201
    assert by_colleague.status_code == (409 if shared else 201)


def test_a_view_cannot_be_shared_beyond_the_limit_of_shared_views(
    api, admin, colleague, fill, save_view
):
    view = save_view(admin)
    fill(colleague, True)

    response = api(admin).patch(f"{URL}/{view['id']}", json={"shared": True})

    assert response.status_code == 409
    assert response.json["code"] == "too_many"
    assert api(admin).get(f"{URL}/{view['id']}").json["shared"] is False
