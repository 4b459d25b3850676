"""POST /api/password/forgot"""

import statistics
import time
from datetime import timedelta

import pytest
from sqlalchemy import event

from ticketing.accounts import links
from ticketing.core.database import db, utcnow
from ticketing.jobs.models import Job

NOBODY = "nobody@example.org"


@pytest.fixture
def everyone(make_user, newcomer, invite):
    """The emails of a known, deactivated, unconfirmed and invited user, and of none."""
    make_user("Dora", active=False)
    make_user("Carla")
    invite()
    people = ("carla", "dora", "nina", "ina", "nobody")
    return [f"{name}@example.org" for name in people]


@pytest.fixture
def ask(anyone):
    """Request a reset of a forgotten password, without running the job."""
    return lambda email: anyone.post("/api/password/forgot", json={"email": email})


@pytest.fixture
def statements(app):
    """Return the statements, without their values, that a call executes."""
    noted = []

    def note(connection, cursor, statement, *rest):
        noted.append(statement)

    def statements(call):
        noted.clear()
        call()
        return [*noted]

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def test_a_reset_link_is_mailed_to_the_user(forget, mailed, customer):
    response = forget(" CARLA@example.org")

    (link,) = mailed("password_reset")
    assert response.status_code == 202
    assert list(response.json) == ["message"]
    assert (link.user_id, link.email) == (customer.id, customer.email)


def test_a_reset_link_is_mailed_to_an_unconfirmed_email(forget, mailed, newcomer):
    forget("nina@example.org")

    assert [link.email for link in mailed("password_reset")] == ["nina@example.org"]


def test_no_reset_link_is_mailed_to_unknown_emails_or_inactive_users(
    forget, mailed, make_user
):
    make_user("Dora", active=False)

    for email in ("dora@example.org", NOBODY, "not an address", "%"):
        assert forget(email).status_code == 202

    assert mailed("password_reset") == []


def test_the_response_to_a_forgotten_password_is_the_same_for_every_email(
    ask, everyone
):
    answers = [ask(email) for email in [*everyone, "not an address"]]

    headers = [
        {name: value for name, value in answer.headers if name != "X-Request-ID"}
        for answer in answers
    ]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.data for answer in answers}) == 1
    assert all(each == headers[0] for each in headers)


def test_a_forgotten_password_executes_the_same_statements_for_every_email(
    ask, everyone, statements
):
    executed = [statements(lambda: ask(email)) for email in everyone]

    counted = [one for one in executed[0] if one.split()[0] in ("SELECT", "INSERT")]
    assert len(counted) == 2
    assert all(each == executed[0] for each in executed)


def test_a_forgotten_password_enqueues_the_same_job_for_every_email(app, ask, everyone):
    for email in everyone:
        ask(email)

    with app.app_context():
        jobs = db.session.scalars(
            db.select(Job).where(Job.pool == "forgotten_password").order_by(Job.id)
        ).all()
    assert [list(job.data) for job in jobs] == [["user_id"]] * len(everyone)
    assert {job.lane for job in jobs} == {None}
    waits = [(job.due_at - job.created_at).total_seconds() for job in jobs]
    assert all(0 <= wait <= 5 for wait in waits)
    assert len(set(waits)) == len(waits)  # the time of the job is random
    assert jobs[-1].data == {"user_id": None}


@pytest.mark.slow
def test_a_forgotten_password_takes_the_same_time_for_an_unknown_email(ask, make_user):
    make_user("Carla")
    emails = ("carla@example.org", NOBODY)

    # A busy machine may blur one measurement; a difference shows in all of them.
    for _ in range(6):
        took = {email: [] for email in emails}
        for _ in range(30):
            for email, times in took.items():
                begun = time.perf_counter()
                assert ask(email).status_code == 202
                times.append(time.perf_counter() - begun)
        known, unknown = map(statistics.median, took.values())
        if unknown == pytest.approx(known, rel=0.1):
            break

    assert unknown == pytest.approx(known, rel=0.1)


def test_at_most_three_reset_links_an_hour_are_mailed_to_an_account(
    forget, mailed, customer, stranger, time_machine
):
    now = utcnow()
    time_machine.move_to(now, tick=False)

    answers = [forget(customer.email) for _ in range(5)]
    forget(stranger.email)

    sent = [link.user_id for link in mailed("password_reset")]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.data for answer in answers}) == 1
    assert sent == [customer.id] * 3 + [stranger.id]
    time_machine.move_to(now + timedelta(minutes=61), tick=False)
    forget(customer.email)
    assert len(mailed("password_reset")) == 5


def test_used_reset_links_count_against_the_limit(
    forget, mailed, reset, tokens, customer
):
    for _ in range(4):
        forget(customer.email)
        reset(tokens("password_reset")[-1])

    assert len(mailed("password_reset")) == 3


def test_a_request_beyond_the_limit_keeps_the_last_reset_link_valid(
    forget, tokens, reset, customer
):
    for _ in range(5):
        forget(customer.email)

    assert reset(tokens("password_reset")[-1]).status_code == 200


def test_forgotten_passwords_are_limited_by_address_whatever_the_email(
    app, ask, monkeypatch
):
    monkeypatch.setitem(app.config, "REGISTER_LIMIT", "2 per minute")

    answers = [ask(f"n{number}@example.org") for number in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


def test_a_user_who_is_deactivated_before_the_job_is_done_gets_no_link(
    api, ask, work, mailed, customer, admin, time_machine
):
    ask(customer.email)
    api(admin).patch(f"/api/users/{customer.id}", json={"active": False})

    time_machine.move_to(utcnow() + timedelta(seconds=6))
    work()

    assert mailed("password_reset") == []


@pytest.mark.parametrize("email", [None, "", 7, "a\0b", "\ud800", "x" * 256])
def test_a_forgotten_password_names_an_invalid_email_field(ask, email):
    response = ask(email)

    assert (response.status_code, list(response.json["errors"])) == (422, ["email"])


def test_neither_the_email_nor_the_token_is_logged(forget, tokens, reset, logged):
    forget("carla@example.org")
    for token in [*tokens("password_reset"), "no-token-of-ours"]:
        reset(token)

    lines = str(logged(""))
    assert "carla" not in lines and "no-token" not in lines


def test_the_host_of_a_request_is_in_no_mailed_url(
    app, anyone, work, tokens, mailed, customer, time_machine
):
    anyone.post(
        "/api/password/forgot",
        json={"email": customer.email},
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
    )

    time_machine.move_to(utcnow() + timedelta(seconds=6))
    work()

    with app.app_context():
        (url,) = map(links.url_of, mailed("password_reset"))
    assert url == f"/console/set-password#{tokens('password_reset')[0]}"
