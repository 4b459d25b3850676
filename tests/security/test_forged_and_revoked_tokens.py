"""Threat: a token that nobody was given, or that is good no longer."""

import base64
import json

import jwt
import pytest
from sqlalchemy import select

from ticketing.accounts.models import Token
from ticketing.core.database import db
from ticketing.web.extensions import socketio

ELSEWHERE = "the secret of another environment, just as long"
KEY = "-----BEGIN RSA PUBLIC KEY-----"


@pytest.fixture
def gets_in(app, anyone):
    """Whether a token is good: over HTTP, as an optional one, and for a socket."""

    def gets_in(token):
        headers = {"Authorization": f"Bearer {token}"}
        answers = [
            anyone.get("/api/me", headers=headers),
            anyone.post("/api/refresh", headers=headers),
            anyone.post("/api/register", json=REGISTRATION, headers=headers),
        ]
        socket = socketio.test_client(app, auth={"token": token})
        assert {a.status_code for a in answers} in ({401}, {200, 201})
        assert socket.is_connected() == (answers[0].status_code == 200)
        return socket.is_connected()

    return gets_in


REGISTRATION = {
    "name": "Eve",
    "email": "eve@example.org",
    "password": "correct horse",
    "password_confirmation": "correct horse",
}


def encode(header, claims, sign=lambda said: b""):
    """Return a token of any header, signed in any way."""

    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    said = b".".join(part(json.dumps(each).encode()) for each in (header, claims))
    return b".".join([said, part(sign(said))]).decode()


def hs256(secret):
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return lambda said: algorithm.sign(said, secret.encode())


def test_the_encoder_of_these_tests_makes_valid_tokens(app, anyone, claims, secret):
    ours = encode({"alg": "HS256", "typ": "JWT"}, claims, hs256(secret))

    answer = anyone.get("/api/me", headers={"Authorization": f"Bearer {ours}"})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "None"},
        {"alg": ""},
        {},
        {"alg": None},
        {"alg": ["HS256"]},
        {"alg": "RS256"},
        {"alg": "ES256"},
        {"alg": "HS512"},
        {"alg": "hs256"},
        {"alg": "HS256", "crit": ["exp"]},
        {"alg": "HS256", "crit": ["b64"], "b64": False},
        {"alg": "HS256", "crit": "x"},
        {"alg": "HS256", "b64": False},
    ],
    ids=str,
)
@pytest.mark.parametrize("signed", [False, True])
def test_a_token_with_another_header_is_refused(
    gets_in, claims, secret, header, signed
):
    sign = hs256(secret) if signed else (lambda said: b"")

    assert not gets_in(encode(header, claims, sign))


def test_the_secret_is_not_taken_for_a_public_key(gets_in, claims, secret):
    for key in (secret, KEY):
        assert not gets_in(encode({"alg": "RS256"}, claims, hs256(key)))


def test_a_key_in_the_header_of_a_token_is_ignored(gets_in, claims):
    jwk = {"kty": "oct", "k": base64.urlsafe_b64encode(ELSEWHERE.encode()).decode()}
    header = {"alg": "HS256", "jwk": jwk, "kid": "../../dev/null", "jku": "//evil"}

    assert not gets_in(encode(header, claims, hs256(ELSEWHERE)))


@pytest.mark.parametrize("claim", ["sub", "jti", "exp", "iat", "type"])
def test_a_token_without_a_required_claim_is_refused(gets_in, claims, secret, claim):
    del claims[claim]

    assert not gets_in(encode({"alg": "HS256"}, claims, hs256(secret)))


@pytest.mark.parametrize("signing", [ELSEWHERE, "", "for development only"])
def test_a_token_of_another_environment_is_refused(gets_in, claims, signing):
    assert not gets_in(encode({"alg": "HS256"}, claims, hs256(signing)))


def test_a_role_claimed_by_a_token_is_ignored(api, anyone, claims, secret):
    more = {**claims, "role": "admin", "is_admin": True, "active": True, "fresh": True}
    token = encode({"alg": "HS256"}, more, hs256(secret))

    answer = anyone.get("/api/users", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 403


def test_a_token_with_the_jti_of_another_user_is_refused(
    gets_in, claims, secret, admin, token
):
    theirs = jwt.decode(token(admin), secret, ["HS256"])

    swapped = {**claims, "jti": theirs["jti"]}

    assert not gets_in(encode({"alg": "HS256"}, swapped, hs256(secret)))


@pytest.mark.parametrize(
    "revoke",
    [
        lambda client, admin, user: client.post("/api/logout"),
        lambda client, admin, user: client.post("/api/refresh"),
        lambda client, admin, user: admin.patch(
            f"/api/users/{user.id}", json={"active": False}
        ),
    ],
    ids=["logout", "refresh", "deactivation"],
)
def test_a_revoked_token_is_refused_everywhere(
    app, api, admin, live, customer, token, gets_in, revoke
):
    given = token(customer)
    socket, client = live(customer, with_token=given), app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {given}"

    assert revoke(client, api(admin), customer).status_code == 200

    assert not socket.is_connected()
    assert not gets_in(given)


def test_activation_does_not_restore_revoked_tokens(
    api, admin, customer, token, gets_in
):
    given, url = token(customer), f"/api/users/{customer.id}"

    for active in (False, True):
        api(admin).patch(url, json={"active": active})

    assert not gets_in(given)


def test_no_token_can_be_made_of_what_is_stored(app, token, customer):
    given = token(customer)

    with app.app_context():
        [row] = db.session.scalars(select(Token))

    assert given.rpartition(".")[2] not in str(vars(row))
