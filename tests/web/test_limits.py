"""Limits on logins and registrations."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import time_machine

from ticketing.accounts import sessions

LOGIN = {"email": "nobody@example.org", "password": "wrong horse"}
LIMITS = [("/api/login", "LOGIN_LIMIT"), ("/api/register", "REGISTER_LIMIT")]


@pytest.fixture(autouse=True)
def low(app, monkeypatch):
    """Two tries a minute."""
    for _, name in LIMITS:
        monkeypatch.setitem(app.config, name, "2 per minute")


@pytest.fixture
def attempt(anyone):
    """Try something, and return the answer."""

    def attempt(url, **options):
        return anyone.post(url, json=LOGIN, **options)

    return attempt


@pytest.mark.parametrize("url", [url for url, _ in LIMITS])
def test_a_call_over_the_limit_is_answered_with_retry_after(attempt, url):
    within = [attempt(url).status_code for _ in range(2)]

    beyond = attempt(url)

    assert 429 not in within
    assert beyond.status_code == 429
    assert set(beyond.json) == {"message", "code"}
    assert beyond.json["code"] == "too_many_requests"
    assert 1 <= int(beyond.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("url", [url for url, _ in LIMITS])
def test_calls_are_accepted_again_after_retry_after(attempt, url):
    now = datetime.now(UTC)

    with time_machine.travel(now, tick=False) as clock:
        tried = [attempt(url) for _ in range(3)]
        clock.shift(timedelta(seconds=int(tried[-1].headers["Retry-After"])))
        again = attempt(url)

    assert [each.status_code == 429 for each in tried] == [False, False, True]
    assert again.status_code != 429


@pytest.fixture
def nora(anyone):
    """Register someone; return their credentials."""
    known = {"email": "nora@example.org", "password": "correct horse"}
    form = {**known, "name": "Nora", "password_confirmation": "correct horse"}
    assert anyone.post("/api/register", json=form).status_code == 201
    return known


def test_the_right_password_does_not_help_after_too_many_failures(
    anyone, attempt, nora
):
    attempt("/api/login")
    attempt("/api/login")

    response = anyone.post("/api/login", json=nora)

    assert (response.status_code, response.json["code"]) == (429, "too_many_requests")


def test_logins_that_succeed_are_not_limited(app, anyone, nora, monkeypatch):
    monkeypatch.setitem(app.config, "ACCOUNT_LIMIT", "2 per minute")
    elsewhere = {"REMOTE_ADDR": "203.0.113.77"}

    answers = [
        anyone.post("/api/login", json=nora, environ_base=address)
        for address in ({}, elsewhere) * 4
    ]

    assert [answer.status_code for answer in answers] == [200] * 8


def test_a_success_does_not_make_up_for_failures(anyone, attempt, nora):
    statuses = []
    for _ in range(3):
        anyone.post("/api/login", json=nora)
        statuses.append(attempt("/api/login").status_code)

    assert statuses == [401, 401, 429]


def test_a_success_gives_the_next_window_no_more_tries(
    anyone, attempt, nora, monkeypatch
):
    now, logging_in = datetime.now(UTC), sessions.login

    with time_machine.travel(now, tick=False) as clock:

        def log_in_slowly(**credentials):
            clock.shift(timedelta(minutes=2))
            return logging_in(**credentials)

        with monkeypatch.context() as patched:
            patched.setattr(sessions, "login", log_in_slowly)
            assert anyone.post("/api/login", json=nora).status_code == 200
        statuses = [attempt("/api/login").status_code for _ in range(3)]

    assert statuses == [401, 401, 429]


def test_of_many_guesses_at_once_no_more_than_the_limit_are_tried(
    app, nora, monkeypatch
):
    guess, tried = {**nora, "password": "wrong horse"}, []
    together, verify = Barrier(2), sessions.verify_password

    def verify_together(*args):
        tried.append(args)
        together.wait(10)  # until as many as the limit are under way
        return verify(*args)

    monkeypatch.setattr(sessions, "verify_password", verify_together)

    with ThreadPoolExecutor(8) as pool:
        sent = [
            pool.submit(app.test_client().post, "/api/login", json=guess)
            for _ in range(8)
        ]
        statuses = sorted(each.result().status_code for each in sent)

    assert statuses == [401] * 2 + [429] * 6
    assert len(tried) == 2


def test_registrations_that_succeed_are_limited_too(anyone):
    form = {"name": "N", "password": "correct horse"}
    form["password_confirmation"] = form["password"]

    statuses = [
        anyone.post(
            "/api/register", json={**form, "email": f"n{number}@example.org"}
        ).status_code
        for number in range(3)
    ]

    assert statuses == [201, 201, 429]


def test_login_and_registration_are_counted_apart(attempt):
    for _ in range(3):
        attempt("/api/login")

    assert attempt("/api/register").status_code == 422


def test_each_address_has_its_own_count(attempt):
    for _ in range(3):
        attempt("/api/login")

    elsewhere = attempt("/api/login", environ_base={"REMOTE_ADDR": "192.0.2.7"})

    assert elsewhere.status_code == 401


def test_a_header_does_not_change_the_address_without_a_trusted_proxy(attempt):
    for _ in range(2):
        attempt("/api/login")

    forwarded = {"X-Forwarded-For": "192.0.2.7", "X-Real-IP": "192.0.2.7"}
    response = attempt("/api/login", headers=forwarded)

    assert response.status_code == 429


def test_other_calls_are_not_counted(api, attempt, customer):
    for _ in range(3):
        attempt("/api/login")

    assert api(customer).get("/api/me").status_code == 200


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.7", "::ffff:192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("", "", True),
    ],
)
def test_addresses_of_one_ipv6_network_share_a_count(attempt, first, second, same):
    for _ in range(2):
        attempt("/api/login", environ_base={"REMOTE_ADDR": first})

    response = attempt("/api/login", environ_base={"REMOTE_ADDR": second})

    assert response.status_code == (429 if same else 401)


def test_a_refresh_is_not_limited(anyone, token, customer):
    headers = {"Authorization": f"Bearer {token(customer)}"}
    for _ in range(4):
        answer = anyone.post("/api/refresh", headers=headers)
        headers = {"Authorization": f"Bearer {answer.json['token']}"}

    assert answer.status_code == 200


def test_a_change_of_the_profile_is_limited_by_failures(api, customer):
    client = api(customer)
    guess = {"email": "new@example.net", "current_password": "x"}

    names = [client.patch("/api/me", json={"name": f"N{n}"}) for n in range(3)]
    guesses = [client.patch("/api/me", json=guess) for _ in range(3)]

    assert [answer.status_code for answer in names] == [200, 200, 200]
    assert [answer.status_code for answer in guesses] == [422, 422, 429]
    assert int(guesses[-1].headers["Retry-After"]) >= 1


class TestOneAccount:
    """Tried from many addresses."""

    @pytest.fixture(autouse=True)
    def low(self, app, monkeypatch):
        """Three tries a minute, from wherever."""
        monkeypatch.setitem(app.config, "ACCOUNT_LIMIT", "3 per minute")

    @pytest.fixture
    def from_everywhere(self, anyone):
        """Try a call from one new address after another; return the answers."""

        def from_everywhere(url, times, headers=None, **body):
            return [
                anyone.post(
                    url,
                    json=body,
                    headers=headers,
                    environ_base={"REMOTE_ADDR": f"198.51.100.{number}"},
                )
                for number in range(times)
            ]

        return from_everywhere

    @pytest.fixture
    def known(self, anyone):
        """Register someone, at an address of theirs; return their credentials."""
        known = {"email": "nora@example.net", "password": "correct horse"}
        form = {**known, "name": "N", "password_confirmation": "correct horse"}
        home = {"REMOTE_ADDR": "203.0.113.5"}
        assert anyone.post("/api/register", json=form, environ_base=home).status == (
            "201 CREATED"
        )
        return known

    def test_failures_from_all_addresses_are_limited_together(
        self, from_everywhere, known
    ):
        guess = {**known, "password": "wrong horse"}

        answers = from_everywhere("/api/login", 4, **guess)

        assert [each.status_code for each in answers] == [401, 401, 401, 429]
        assert answers[-1].json["code"] == "too_many_requests"
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60

    def test_an_unknown_account_gets_the_same_answers(self, from_everywhere, known):
        unknown = from_everywhere("/api/login", 5, email="no@b.org", password="x")

        wrong = from_everywhere("/api/login", 5, **{**known, "password": "x"})

        assert [(a.status, a.data) for a in unknown] == [
            (a.status, a.data) for a in wrong
        ]

    @pytest.mark.parametrize("email", [" NORA@example.net ", "ｎora@example.net"])
    def test_another_spelling_of_the_email_shares_the_count(
        self, from_everywhere, known, email
    ):
        from_everywhere("/api/login", 3, **known | {"password": "x"})

        answer = from_everywhere("/api/login", 1, email=email, password="x")[0]

        assert answer.status_code == 429

    def test_the_owner_logs_in_from_a_known_address(
        self, anyone, from_everywhere, known
    ):
        from_everywhere("/api/login", 9, **known | {"password": "x"})

        home, elsewhere = (
            anyone.post("/api/login", json=known, environ_base={"REMOTE_ADDR": address})
            for address in ("203.0.113.5", "203.0.113.6")
        )

        assert (home.status_code, elsewhere.status_code) == (200, 429)

    def test_other_accounts_are_not_limited_with_it(self, from_everywhere, known):
        from_everywhere("/api/login", 9, email="no@b.org", password="x")

        assert from_everywhere("/api/login", 1, **known)[0].status_code == 200

    def test_registrations_with_one_email_are_limited(self, from_everywhere):
        form = {"name": "N", "email": "a@b.org", "password": "correct horse"}

        answers = from_everywhere(
            "/api/register", 4, password_confirmation="correct horse", **form
        )

        assert [a.status_code for a in answers] == [201, 422, 422, 429]

    def test_a_token_does_not_make_an_address_known(self, api, token, customer):
        client, elsewhere = api(customer), {"REMOTE_ADDR": "198.51.100.1"}
        client.patch("/api/me", json={"name": "Nora"}, environ_base=elsewhere)
        change = {"email": "new@example.net", "current_password": "x"}

        answers = [
            client.patch("/api/me", json=change, environ_base=elsewhere)
            for _ in range(4)
        ]

        assert [a.status_code for a in answers] == [422, 422, 422, 429]

    def test_guesses_of_the_current_password_with_a_token_are_limited(
        self, api, customer
    ):
        client = api(customer)
        change = {"email": "new@example.net", "current_password": "x"}

        answers = [
            client.patch(
                "/api/me",
                json=change,
                environ_base={"REMOTE_ADDR": f"198.51.100.{number}"},
            )
            for number in range(4)
        ]

        assert [a.status_code for a in answers] == [422, 422, 422, 429]


def test_requests_that_are_not_limited_pass_no_hook_of_the_limiter(app):
    before, after = app.before_request_funcs, app.after_request_funcs
    kinds = before, after, app.teardown_request_funcs

    hooks = [hook for kind in kinds for named in kind.values() for hook in named]

    assert [hook for hook in map(repr, hooks) if "imiter" in hook] == []
