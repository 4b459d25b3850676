"""Access to each route and socket event, without a token, as customer and as admin."""

import pytest
from access.routes import (
    API,
    CALLERS,
    EVENTS,
    FORBIDDEN,
    HIDDEN,
    ON_TICKETS,
    ROUTES,
    UNAUTHENTICATED,
    UNKNOWN_EVENT,
    WITH_BODY,
    WITH_ID,
    is_refusal,
    refusals,
)

from ticketing.core.database import db
from ticketing.tickets.models import Status, Ticket
from ticketing.web.extensions import socketio

MISSING = 10**18 - 1
# Reserved names, which no client may send, and the one for all unknown ones.
RESERVED_EVENTS = {"connect", "disconnect", "*"}


def cases(calls, callers):
    """Return a case for each of the calls and each of the callers."""
    return [
        pytest.param(call, caller, expected, id=f"{call} by {caller}")
        for call in calls
        for caller, expected in zip(callers, call.answers[-len(callers) :], strict=True)
    ]


def served_cases(calls):
    """Return a case for each of the calls and each of the callers it serves."""
    return [case for case in cases(calls, CALLERS) if not is_refusal(case.values[-1])]


def cases_on_closed(calls):
    """Return a case for each of the calls by the owner and by an admin."""
    return [
        pytest.param(call, caller, expected, id=f"{call} by {caller}")
        for call in calls
        for caller, expected in zip(
            ("owner", "admin"), call.on_closed or call.answers[-2:], strict=True
        )
    ]


def summary(response):
    """Return what the table has: the status and, of an error, the code."""
    code = response.json["code"] if response.status_code >= 400 else ""
    return f"{response.status_code} {code}".strip()


@pytest.fixture
def closed(app, ids):
    """Close the ticket."""
    with app.app_context():
        db.session.get(Ticket, ids["ticket_id"]).status = Status.CLOSED
        db.session.commit()


@pytest.fixture
def check(client, ids, rows):
    """Make a call; check its answer and, if refused, that nothing changed."""

    def check(route, caller, expected):
        http, before = client(caller), None
        if is_refusal(expected):
            before = rows()

        response = http.open(**route.request(ids))

        assert summary(response) == expected
        if before:
            assert rows() == before

    return check


@pytest.fixture
def send(live, customer, stranger, admin, ids):
    """Send an event; return the acknowledgement."""
    users = {"stranger": stranger, "owner": customer, "admin": admin}

    def send(event, caller, ticket_id):
        data = {"ticket_id": ticket_id, **event.data}
        return live(users[caller]).emit(event.name, data, callback=True)

    return send


@pytest.fixture
def check_event(send, ids, rows):
    """Send an event; check its answer and, if refused, that nothing changed."""

    def check_event(event, caller, expected):
        before = rows()

        answer = send(event, caller, ids["ticket_id"])

        [(name, value)] = answer.items()
        assert (name if name == "data" else value["code"]) == expected
        if name == "error":
            after = rows()
            del before["tokens"], after["tokens"]  # connecting took one
            assert after == before
        return answer

    return check_event


def test_every_route_of_the_url_map_is_in_the_table(app):
    routes = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert {route.key for route in ROUTES} == routes


def test_every_socket_event_is_in_the_table(app):
    events = set(socketio.server.handlers["/"])

    assert {event.name for event in EVENTS} - {UNKNOWN_EVENT} == (
        events - RESERVED_EVENTS
    )


@pytest.mark.parametrize(("route", "caller", "expected"), served_cases(ROUTES))
def test_route_serves_callers_as_the_table_says(check, route, caller, expected):
    check(route, caller, expected)


@pytest.mark.parametrize("caller", CALLERS)
def test_routes_refuse_a_caller_as_the_table_says(client, ids, rows, caller):
    http, before = client(caller), rows()
    for route, expected in refusals(caller):
        response = http.open(**route.request(ids))

        assert summary(response) == expected, route
        assert rows() == before, route
        if expected == UNAUTHENTICATED:
            assert response.headers["WWW-Authenticate"] == "Bearer", route
        if caller == "stranger" and expected in {HIDDEN, FORBIDDEN}:
            # What is there cannot be told from what is not.
            missing = http.open(**route.request(dict.fromkeys(ids, MISSING)))
            answers = (response, missing)
            assert len({(each.status, each.data) for each in answers}) == 1, route


@pytest.mark.parametrize(
    ("route", "caller", "expected"), cases_on_closed(ON_TICKETS)
)
def test_route_on_a_closed_ticket_answers_as_the_table_says(
    check, closed, route, caller, expected
):
    check(route, caller, expected)


def test_routes_answer_404_to_an_admin_where_the_id_does_not_exist(client, ids):
    http = client("admin")
    missing = {**dict.fromkeys(ids, MISSING), "category_id": MISSING}

    for route in WITH_ID:
        assert summary(http.open(**route.request(missing))) == HIDDEN, route


@pytest.mark.parametrize(
    "route", [route for route in WITH_BODY if not route.is_public], ids=str
)
def test_callers_are_refused_before_the_body_is_judged(client, ids, route):
    for body in (b"{", b'{"nobody_knows": 1}', b"[]"):
        for caller, expected in zip(CALLERS, route.answers, strict=True):
            if expected not in {UNAUTHENTICATED, FORBIDDEN} or caller == "admin":
                continue
            request = {**route.request(ids), "data": body}

            response = client(caller).open(**request)

            assert summary(response) == expected, (caller, body)


def test_unknown_query_parameters_are_named_and_nothing_is_done(client, ids, rows):
    http, before = client("admin"), rows()

    for route in API:
        request = route.request(ids)
        request["path"] += f"{'&' if '?' in request['path'] else '?'}nobody_knows=1"
        response = http.open(**request)

        assert summary(response) == "422 invalid", route
        assert list(response.json["errors"]) == ["nobody_knows"], route
        assert rows() == before, route


def test_fields_of_bodies_that_no_one_reads_are_named(client, ids, rows):
    http, before = client("admin"), rows()

    for route in [route for route in API if not (route.body or route.file)]:
        response = http.open(**route.request(ids, force=True))

        assert summary(response) == "422 invalid", route
        assert list(response.json["errors"]) == ["force"], route
        assert rows() == before, route


@pytest.mark.parametrize(("event", "caller", "expected"), cases(EVENTS, CALLERS[1:]))
def test_event_answers_each_caller_as_the_table_says(
    check_event, send, event, caller, expected
):
    answer = check_event(event, caller, expected)

    if expected == "not_found":  # it cannot be told from what does not exist
        assert answer == send(event, caller, MISSING)


@pytest.mark.parametrize(("event", "caller", "expected"), cases_on_closed(EVENTS))
def test_event_on_a_closed_ticket_answers_as_the_table_says(
    check_event, closed, event, caller, expected
):
    check_event(event, caller, expected)


def test_socket_without_a_token_is_not_connected(app):
    assert not socketio.test_client(app).is_connected()
