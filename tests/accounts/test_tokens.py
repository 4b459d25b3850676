"""Authentication by a token."""

import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete

from ticketing.accounts.models import User
from ticketing.core import auth
from ticketing.core.database import db

FOREIGN = "a secret of another service, just as long"


@pytest.fixture
def get_me(anyone):
    """Get /api/me with an Authorization header."""

    def get_me(header):
        return anyone.get("/api/me", headers={"Authorization": header})

    return get_me


def assert_refused(response):
    assert (response.status_code, response.json["code"]) == (401, "unauthenticated")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_is_a_jwt_that_names_its_user(claims, token, customer):
    header = jwt.get_unverified_header(token(customer))

    assert header["alg"] == "HS256"
    assert {"sub", "jti", "iat", "exp", "type"} <= set(claims)
    assert claims["sub"] == str(customer.id)
    assert claims["exp"] - claims["iat"] == 8 * 60 * 60
    assert not {"role", "active", "email"} & set(claims)


def test_a_token_with_the_same_claims_is_valid(get_me, claims, secret, customer):
    response = get_me("Bearer " + jwt.encode(claims, secret, "HS256"))

    assert (response.status_code, response.json["id"]) == (200, customer.id)


@pytest.mark.parametrize("claim", ["sub", "jti", "iat", "exp", "type"])
def test_a_token_without_a_required_claim_is_refused(get_me, claims, secret, claim):
    del claims[claim]

    assert_refused(get_me("Bearer " + jwt.encode(claims, secret, "HS256")))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("sub", "0"),
        ("sub", "one"),
        ("sub", ""),
        ("sub", 7),
        ("sub", "9" * 30),
        ("sub", "9" * 5000),
        ("jti", "00000000-0000-0000-0000-000000000000"),
        ("jti", ""),
        ("jti", 7),
        ("jti", ["x"]),
        ("jti", {"x": 1}),
        ("iat", "today"),
        ("iat", 4_000_000_000),
        ("exp", "tomorrow"),
        ("exp", 1),
        ("type", "refresh"),
        ("type", None),
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(get_me, claims, secret, claim, value):
    said = json.dumps({**claims, claim: value}).encode()
    encoded = jwt.PyJWS().encode(said, secret, "HS256")

    assert_refused(get_me("Bearer " + encoded))


def test_a_token_whose_subject_is_another_user_is_refused(
    get_me, claims, secret, admin
):
    claims["sub"] = str(admin.id)

    assert_refused(get_me("Bearer " + jwt.encode(claims, secret, "HS256")))


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("algorithm", ["none", "HS384", "HS512"])
def test_a_token_of_another_algorithm_is_refused(get_me, claims, secret, algorithm):
    key = None if algorithm == "none" else secret

    assert_refused(get_me("Bearer " + jwt.encode(claims, key, algorithm)))


def test_a_token_signed_with_another_secret_is_refused(get_me, claims):
    assert_refused(get_me("Bearer " + jwt.encode(claims, FOREIGN, "HS256")))


def test_a_token_with_a_changed_payload_is_refused(get_me, token, customer, admin):
    header, _, signature = token(customer).split(".")
    _, payload, _ = token(admin).split(".")

    assert_refused(get_me(f"Bearer {header}.{payload}.{signature}"))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer ..",
        "Bearer \xe9.\xe9.\xe9",
        "Basic Y2FybGE6Y29ycmVjdCBob3JzZQ==",
        "Token x",
    ],
)
def test_a_malformed_authorization_header_is_refused(get_me, header):
    assert_refused(get_me(header))


@pytest.mark.parametrize("scheme", ["bearer ", "BEARER ", "Bearer  "])
def test_the_bearer_scheme_is_accepted_in_any_case(get_me, token, customer, scheme):
    assert get_me(scheme + token(customer)).json["id"] == customer.id


def test_tokens_are_looked_up_in_the_database_of_their_application(claims, secret):
    header = {"Authorization": "Bearer " + jwt.encode(claims, secret, "HS256")}
    apps = {name: Flask(name) for name in ("first", "second")}
    for name, app in apps.items():
        app.config["JWT_SECRET_KEY"] = secret
        auth.init_app(app, lambda claims, name=name: f"user of {name}")

    for name, app in apps.items():
        with app.test_request_context(headers=header):
            auth.authenticate()
            assert auth.current_user() == f"user of {name}"


@pytest.mark.parametrize("scheme", ["", "Basic ", "Token "])
def test_an_authorization_header_of_another_scheme_is_refused(
    get_me, token, customer, scheme
):
    assert_refused(get_me(scheme + token(customer)))


def test_a_token_in_a_cookie_query_or_body_is_refused(app, token, customer):
    client, encoded = app.test_client(), token(customer)
    client.set_cookie("access_token_cookie", encoded)

    assert_refused(client.get("/api/me"))
    assert_refused(client.get(f"/api/me?token={encoded}&jwt={encoded}"))
    assert_refused(client.post("/api/logout", json={"access_token": encoded}))


def test_a_token_expires_after_eight_hours(get_me, token, customer):
    now = datetime.now(UTC)
    header = f"Bearer {token(customer)}"

    with time_machine.travel(now + timedelta(hours=7, minutes=59), tick=False):
        assert get_me(header).status_code == 200
    with time_machine.travel(now + timedelta(hours=8, minutes=1), tick=False):
        assert_refused(get_me(header))


def test_a_token_of_a_deleted_user_is_refused(app, get_me, token, customer):
    header = f"Bearer {token(customer)}"
    with app.app_context():
        db.session.execute(delete(User).where(User.id == customer.id))
        db.session.commit()

    assert_refused(get_me(header))
