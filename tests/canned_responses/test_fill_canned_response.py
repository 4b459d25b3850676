"""GET /canned-responses/{id}/text"""

import pytest

from ticketing.accounts.models import Role

URL = "/api/canned-responses"


@pytest.fixture
def filled(api, admin):
    """Create a canned response; return its text for a ticket."""

    def filled(text, ticket):
        body = {"title": "-", "shortcut": "-", "text": text}
        url = api(admin).post(URL, json=body).headers["Location"]
        response = api(admin).get(f"{url}/text?ticket_id={ticket.id}")
        assert response.status_code == 200
        assert list(response.json) == ["text"]
        return response.json["text"]

    return filled


def test_placeholders_are_filled_in_each_time_they_occur(filled, ticket):
    text = "{{customer.name}}: {{ticket.subject}} ({{ticket.id}}). {{agent.name}}"

    assert filled(f"{text} {text}", ticket) == " ".join(
        [f"Carla: Printer on fire ({ticket.id}). Ada"] * 2
    )


def test_placeholders_within_values_are_not_filled_in(filled, make_user, make_ticket):
    name = "{{agent.name}}{{ticket.id}}\\1\\g<0>{{"
    customer = make_user(name, email="c@example.org")
    ticket = make_ticket(customer, subject="customer.name}}")

    assert filled("{{customer.name}}{{ticket.subject}}", ticket) == (
        f"{name}customer.name}}}}"
    )


def test_braces_around_a_placeholder_stay(filled, ticket):
    assert filled("{{{agent.name}}} {{ {x}", ticket) == "{Ada} {{ {x}"


def test_the_agent_in_a_canned_response_is_the_caller(api, admin, make_user, ticket):
    body = {"title": "-", "shortcut": "-", "text": "{{agent.name}}", "shared": True}
    url = api(admin).post(URL, json=body).headers["Location"]
    grace = make_user("Grace", Role.ADMIN)

    response = api(grace).get(f"{url}/text?ticket_id={ticket.id}")

    assert response.json == {"text": "Grace"}


@pytest.mark.parametrize("query", ["", "?ticket_id=", "?ticket_id=x", "?ticket_id=0"])
def test_filling_in_a_canned_response_requires_a_ticket(api, admin, query):
    body = {"title": "-", "shortcut": "-", "text": "-"}
    url = api(admin).post(URL, json=body).headers["Location"]

    response = api(admin).get(f"{url}/text{query}")

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["ticket_id"]


def test_filling_in_a_canned_response_for_a_missing_ticket_is_not_found(api, admin):
    body = {"title": "-", "shortcut": "-", "text": "-"}
    url = api(admin).post(URL, json=body).headers["Location"]

    assert api(admin).get(f"{url}/text?ticket_id={10**17}").status_code == 404
