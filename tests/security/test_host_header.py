"""Threat: a Host that is not ours, for others to be sent to."""

import pytest

EVIL = "evil.example"


@pytest.fixture
def headers():
    return {"Host": EVIL, "X-Forwarded-Host": EVIL, "X-Forwarded-Prefix": f"/{EVIL}"}


@pytest.mark.parametrize(
    "path",
    [
        *("/api/tickets?limit=1", "/api/categories?limit=1", "/api/users?limit=1"),
        *("/openapi.json", "/docs", "/docs/", "/api/nowhere", "//x/%2f.."),
        *("/api//tickets", "/api/tickets/", "/static", "/healthz"),
    ],
)
def test_foreign_host_header_is_nowhere_in_a_response(
    api, admin, colleague, customer, make_ticket, path, headers
):
    make_ticket(customer), make_ticket(customer)

    response = api(admin).get(path, headers=headers, buffered=True)

    assert response.status_code in {200, 404}  # nobody is sent elsewhere
    said = [value for name, value in response.headers if name != "X-Request-ID"]
    assert not any(EVIL in value for value in said)
    assert EVIL not in response.text


def test_link_header_has_a_path_without_a_host(api, customer, make_ticket, headers):
    make_ticket(customer), make_ticket(customer)

    response = api(customer).get("/api/tickets?limit=1", headers=headers)

    assert response.headers["Link"].startswith("</api/tickets?")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("tickets/{}/comments", {"content": "Hm."}),
        ("tickets/{}/messages", {"message": "Hm."}),
    ],
)
def test_location_header_has_a_path_without_a_host(
    api, customer, ticket, headers, path, body
):
    url = f"/api/{path.format(ticket.id)}"

    response = api(customer).post(url, json=body, headers=headers)

    assert response.headers["Location"].startswith("/api/")


@pytest.mark.parametrize(
    "host", ["", "a b", "x" * 9_000, "[", "a\x00b", "é", "@", ":0"]
)
def test_malformed_host_header_causes_no_server_error(anyone, host):
    response = anyone.get("/healthz", headers={"Host": host})

    assert response.status_code in {200, 400}
