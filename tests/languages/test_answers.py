"""The language of answers over HTTP"""

import subprocess
import sys

import pytest
from access.routes import ACCOUNT
from languages.pseudo import is_marked, texts_of

from ticketing.core.text import Language
from ticketing.tickets.models import Status

MISSING = {
    "en": "Required.",
    "de": "Bitte ausfüllen.",
    "es": "Este campo es obligatorio.",
    "fr": "Ce champ est obligatoire.",
    "ar": "هذا الحقل مطلوب.",
}
# Loads a catalog only once it is asked for.
LAZY = """
import sys
from ticketing.core.text import Language, t, translated
text = t("Unknown field.")
assert translated([text], Language.ENGLISH) == ["Unknown field."]
assert not any(name.startswith("babel") for name in sys.modules)
assert translated([text], Language.GERMAN) == ["Unbekanntes Feld."]
"""


def asking(language):
    return {"Accept-Language": language}


@pytest.mark.parametrize("language", MISSING)
def test_an_error_is_in_the_language_of_the_request(api, customer, language):
    response = api(customer).post("/api/tickets", json={}, headers=asking(language))

    assert response.status_code == 422
    assert response.json["code"] == "invalid"
    assert response.json["errors"]["subject"] == [MISSING[language]]
    assert response.headers["Content-Language"] == language
    assert response.vary.as_set() == {"accept-language"}


def test_without_a_language_an_error_is_in_english(api, customer):
    response = api(customer).post("/api/tickets", json={})

    assert response.json["message"] == "The input is invalid."
    assert response.headers["Content-Language"] == "en"
    assert "Accept-Language" in response.headers["Vary"]


@pytest.mark.parametrize("language", ["ja", "*;q=0", "en;q=0", "d,,;q"])
def test_no_language_is_refused(api, customer, language):
    client = api(customer)

    failed = client.post("/api/tickets", json={}, headers=asking(language))
    found = client.get("/api/me", headers=asking(language))

    assert (failed.status_code, found.status_code) == (422, 200)
    assert failed.headers["Content-Language"] == "en"


def test_the_user_has_no_say_in_the_language_of_a_request(api, make_user):
    client = api(make_user("Gerda", locale=Language.GERMAN))

    response = client.get("/api/tickets/7", headers=asking("fr"))

    assert response.json["message"] == "Ce ticket n’existe pas."


def test_a_form_is_refused_in_german_with_what_was_filled_in(anyone):
    form = {**ACCOUNT, "password": "short", "password_confirmation": "shirt"}

    response = anyone.post(
        "/api/register", json={**form, "name": "x" * 300}, headers=asking("de-AT")
    )

    assert response.json == {
        "message": "Die Eingaben sind ungültig.",
        "code": "invalid",
        "errors": {
            "name": ["Die Länge muss zwischen 1 und 255 liegen."],
            "password": ["Muss mindestens 8 Zeichen lang sein."],
            "password_confirmation": ["Stimmt nicht mit dem Passwort überein."],
        },
    }


def test_successes_are_in_the_language_of_the_request(anyone):
    headers = asking("es")

    registered = anyone.post("/api/register", json=ACCOUNT, headers=headers)
    credentials = {name: ACCOUNT[name] for name in ("email", "password")}
    logged_in = anyone.post("/api/login", json=credentials, headers=headers)
    bearer = {"Authorization": f"Bearer {logged_in.json['token']}"}
    logged_out = anyone.post("/api/logout", headers=headers | bearer)

    answers = [registered, logged_in, logged_out]
    assert [answer.json["message"] for answer in answers] == [
        "La cuenta se ha creado",
        "Ha iniciado sesión",
        "Ha cerrado la sesión",
    ]
    for answer in answers:
        assert answer.headers["Content-Language"] == "es"
        assert "Accept-Language" in answer.headers["Vary"]


def test_a_number_chooses_the_plural_form(api, admin, customer, category, make_ticket):
    url, headers = f"/api/categories/{category.id}", asking("de")
    make_ticket(customer)
    one = api(admin).delete(url, headers=headers)
    make_ticket(customer)

    two = api(admin).delete(url, headers=headers)

    assert [one.json["message"], two.json["message"]] == [
        "1 Ticket verwendet diese Kategorie; verschieben Sie es zuerst.",
        "2 Tickets verwenden diese Kategorie; verschieben Sie sie zuerst.",
    ]


def test_each_result_of_many_is_in_the_language_of_the_request(api, admin, ticket):
    body = {"ids": [ticket.id, 10**6], "changes": {"status": "closed"}}

    response = api(admin).patch("/api/tickets", json=body, headers=asking("fr"))

    assert response.json["data"][1]["error"] == {
        "message": "Ce ticket n’existe pas.",
        "code": "not_found",
    }
    assert response.headers["Content-Language"] == "fr"


def test_what_people_wrote_is_not_translated(api, customer, ticket, category, marking):
    text = "Unknown field."
    url = f"/api/tickets/{ticket.id}/messages"

    sent = api(customer).post(url, json={"message": text}, headers=asking("de"))
    read = api(customer).get(url, headers=asking("de"))

    assert sent.json["message"] == read.json["data"][0]["message"] == text
    for answer in (sent, read):
        assert "Content-Language" not in answer.headers
        assert "Vary" not in answer.headers


def test_an_answer_without_texts_is_the_same_for_each_language(api, anyone, customer):
    config = [anyone.get("/api/config", headers=asking(name)) for name in Language]
    me = api(customer).get("/api/me", headers=asking("de"))

    assert len({answer.data for answer in config}) == 1
    assert config[0].headers["Cache-Control"] == "public, max-age=300"
    for answer in (*config, me):
        assert "Content-Language" not in answer.headers
        assert "Accept-Language" not in answer.headers.get("Vary", "")


def test_the_entity_tag_of_a_ticket_does_not_depend_on_the_language(
    api, customer, ticket
):
    client, url = api(customer), f"/api/tickets/{ticket.id}"
    etag = client.get(url, headers=asking("de")).headers["ETag"]

    changed = client.patch(
        url, json={"subject": "Out"}, headers={"If-Match": etag, **asking("fr")}
    )

    assert changed.status_code == 200


def test_answers_that_caches_may_keep_say_that_they_vary(browser):
    for path in ("/nothing", "/console/-/0/nothing.js", "/", "/healthz/x"):
        response = browser.get(path, headers=asking("de"))

        assert response.status_code == 404
        assert response.json["message"] in ("Unter diesem Pfad gibt es nichts.",) + (
            "Das gibt es nicht.",
        )
        assert "accept-language" in response.vary.as_set()


def test_the_document_is_in_english(browser):
    german = browser.get("/openapi.json", headers=asking("de"))

    assert german.data == browser.get("/openapi.json").data
    assert "Content-Language" not in german.headers


def test_a_limit_is_explained_in_the_language_of_the_request(
    app, anyone, monkeypatch
):
    monkeypatch.setitem(app.config, "LOGIN_LIMIT", "1 per minute")
    login = {"json": {"email": "a@example.org", "password": "x"}}
    anyone.post("/api/login", **login)

    response = anyone.post("/api/login", headers=asking("de"), **login)

    assert (response.status_code, response.json["message"]) == (
        429,
        "Höchstens 1 in 60 s; versuchen Sie es später noch einmal.",
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"a": ', "Zeile 1, Spalte 7"),
        (b'{"a": 1, "a": 2}', "ein Objekt enthält einen Namen doppelt"),
        (b"NaN", "es enthält NaN"),
        (b"[" * 100_000, "es ist zu tief verschachtelt"),
        (b"9" * 5_000, "eine Zahl ist zu lang"),
    ],
    ids=["cut", "twice", "NaN", "depth", "number"],
)
def test_a_body_that_is_no_json_is_explained_in_german(anyone, body, reason):
    response = anyone.post(
        "/api/login", data=body, content_type="application/json", headers=asking("de")
    )

    assert response.status_code == 400
    assert response.json["message"] == f"Der Inhalt ist kein JSON: {reason}."


@pytest.mark.parametrize(
    ("method", "path", "data", "status"),
    [
        ("PUT", "/api/me", None, 405),
        ("GET", "/api/nothing", None, 404),
        ("POST", "/api/login", b" " * 1_100_000, 413),
        ("POST", "/api/login", b"\xff", 400),
        ("GET", "/api/me", None, 401),
        ("POST", "/broadcasting/auth", None, 403),
    ],
)
def test_what_no_view_has_answered_is_translated(
    anyone, marking, method, path, data, status
):
    sent = {"data": data, "content_type": "application/json"} if data else {}

    response = anyone.open(path, method=method, headers=asking("de"), **sent)

    assert response.status_code == status
    assert all(map(is_marked, texts_of(response.json)))


def test_an_unforeseen_error_is_translated(app, api, customer, monkeypatch):
    def crash(*args):
        raise RuntimeError

    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setattr("ticketing.comments.service.get_comment", crash)

    response = api(customer).get("/api/comments/1", headers=asking("de"))

    assert response.status_code == 500
    assert response.json["message"] == "Bei uns ist etwas schiefgegangen."


@pytest.mark.parametrize("depth", [100, 300, 600, 900])
def test_a_value_that_is_nested_deeply_is_refused_in_german(api, customer, depth):
    body = b'{"category_id": ' + b"[" * depth + b"]" * depth + b"}"

    response = api(customer).post(
        "/api/tickets", data=body, content_type="application/json", headers=asking("de")
    )

    assert response.status_code == 422
    assert response.json["errors"]["category_id"] == ["Muss eine ganze Zahl sein."]


def test_a_closed_ticket_is_explained_to_its_customer(api, make_ticket, customer):
    ticket = make_ticket(customer, status=Status.CLOSED)

    response = api(customer).post(
        f"/api/tickets/{ticket.id}/messages",
        json={"message": "Hello?"},
        headers=asking("ar"),
    )

    assert (response.status_code, response.json["code"]) == (409, "ticket_closed")
    assert response.json["message"].startswith("هذه التذكرة مغلقة؛")
    assert "\\u" not in response.get_data(as_text=True)


def test_a_refused_pusher_channel_is_explained_with_its_fields(api, customer):
    form = {"socket_id": "x", "channel_name": "private-admins"}

    response = api(customer).post(
        "/broadcasting/auth", data=form, headers=asking("de")
    )

    assert response.status_code == 403
    assert response.json["message"] == (
        "Die Eingaben sind ungültig. socket_id: Gehört zu keiner Verbindung."
    )


def test_nothing_is_loaded_before_another_language_is_asked_for():
    subprocess.run([sys.executable, "-c", LAZY], check=True)
