"""Threat: an answer that somebody else is given again."""

import io

import pytest
from PIL import Image


@pytest.fixture
def saved(api, admin):
    """Save what only admins get; return the ids by their names in paths."""
    view = {"name": "Mine", "query": {}}
    canned = {"title": "Thanks", "shortcut": "ty", "text": "Thanks."}
    webhook = {"url": "https://example.org/hook", "events": ["*"]}
    http = api(admin)
    return {
        "view_id": http.post("/api/views", json=view).json["id"],
        "response_id": http.post("/api/canned-responses", json=canned).json["id"],
        "webhook_id": http.post("/api/webhooks", json=webhook).json["id"],
    }


def _image(field):
    """Return a form with an image."""
    stream = io.BytesIO()
    Image.new("RGB", (1, 1)).save(stream, "PNG")
    return {field: (io.BytesIO(stream.getvalue()), "dot.png")}


@pytest.fixture
def urls(anyone, api, customer, ticket, comment, make_message, category, saved, work):
    """Every documented URL that can be got, with something there."""
    url = f"/api/tickets/{ticket.id}"
    http = api(customer)
    assert http.patch(url, data=_image("attachment")).status_code == 200
    file_id = http.post(f"{url}/files", data=_image("file")).json["id"]
    message = {"message": "-", "file_ids": [file_id]}
    assert http.post(f"{url}/messages", json=message).status_code == 201
    work()  # it makes the previews
    ids = {
        "ticket_id": ticket.id,
        "comment_id": comment.id,
        "message_id": make_message(customer).id,
        "category_id": category.id,
        "user_id": customer.id,
        "file_id": file_id,
        **saved,
    }
    paths = anyone.get("/openapi.json").json["paths"]
    required = {"/api/canned-responses/{response_id}/text": "?ticket_id={ticket_id}"}
    return [
        (path + required.get(path, "")).format(**ids)
        for path, methods in paths.items()
        if "get" in methods
    ]


def test_response_to_a_token_is_not_cached(api, admin, urls):
    for url in urls:
        response = api(admin).get(url, buffered=True)

        kept = response.headers.get("Cache-Control") != "no-store"
        assert response.status_code == 200, url
        assert kept == (url in ("/healthz", "/readyz", "/api/config")), url


@pytest.mark.parametrize("path", ["login", "register", "refresh", "logout"])
def test_response_that_holds_a_token_is_not_cached(anyone, path):
    response = anyone.post(f"/api/{path}", json={})

    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [
        {"If-None-Match": "*"},
        {"If-Modified-Since": "Tue, 01 Jan 2999 00:00:00 GMT"},
        {"Range": "bytes=0-0"},
    ],
)
def test_conditional_request_of_a_stranger_is_404(api, stranger, ticket, headers):
    client = api(stranger)

    response = client.get(f"/api/tickets/{ticket.id}", headers=headers)

    assert response.status_code == 404


def test_list_is_answered_anew_for_each_user(api, customer, stranger, ticket):
    answers = [
        api(who).get("/api/tickets").json["data"] for who in (customer, stranger)
    ]

    assert [len(each) for each in answers] == [1, 0]
