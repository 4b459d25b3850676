"""The language and the time zone of an account"""

import pytest

from ticketing.accounts.models import Role, User
from ticketing.core.database import db

URL = "/api/me"
CHOSEN = {"locale": "de", "time_zone": "Europe/Berlin"}


def settings_of(user):
    return {name: user[name] for name in CHOSEN}


def test_users_choose_their_language_and_time_zone(api, customer):
    client = api(customer)

    response = client.patch(URL, json=CHOSEN)

    assert response.status_code == 200
    assert settings_of(response.json) == settings_of(client.get(URL).json) == CHOSEN
    assert response.json["updated_at"] > response.json["created_at"]


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_removes_the_language_and_the_time_zone(api, customer, nothing):
    client = api(customer)
    client.patch(URL, json=CHOSEN)

    response = client.patch(URL, json=dict.fromkeys(CHOSEN, nothing))

    assert settings_of(response.json) == {"locale": None, "time_zone": None}


def test_a_language_that_is_not_sent_stays(api, customer):
    client = api(customer)
    client.patch(URL, json=CHOSEN)

    client.patch(URL, json={"locale": "ar"})
    client.patch(URL, json={"name": "Carla C."})

    assert settings_of(client.get(URL).json) == {**CHOSEN, "locale": "ar"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("locale", value) for value in ("de-AT", "DE", "ja", "german", 1, ["de"])),
        *(("time_zone", v) for v in ("Berlin", "localtime", "europe/berlin", "+1", 1)),
        *(("time_zone", v) for v in ("../etc/passwd", "x" * 100_000, ["UTC"])),
    ],
)
def test_an_unknown_language_or_time_zone_is_refused(api, customer, field, value):
    response = api(customer).patch(URL, json={field: value})

    assert (response.status_code, list(response.json["errors"])) == (422, [field])
    assert api(customer).get(URL).json[field] is None


def test_a_login_returns_the_language_and_the_time_zone(anyone, app):
    form = {"name": "Pia", "email": "pia@example.org", "password": "correct horse"}
    registered = anyone.post(
        "/api/register", json={**form, "password_confirmation": form["password"]}
    )
    with app.app_context():
        user = db.session.get(User, registered.json["user"]["id"])
        user.locale, user.time_zone = CHOSEN.values()
        db.session.commit()

    response = anyone.post(
        "/api/login", json={"email": form["email"], "password": form["password"]}
    )

    assert settings_of(registered.json["user"]) == dict.fromkeys(CHOSEN)
    assert settings_of(response.json["user"]) == CHOSEN


def test_other_users_do_not_see_the_language_and_the_time_zone(
    api, admin, make_user, make_ticket, anyone
):
    gerda = make_user("Gerda", **CHOSEN)
    ticket = make_ticket(gerda)
    client = api(admin)

    seen = [
        client.get(f"/api/users/{gerda.id}").json,
        client.patch(f"/api/users/{gerda.id}", json={"active": True}).json,
        *client.get("/api/users").json["data"],
        client.get(f"/api/tickets/{ticket.id}").json["user"],
    ]

    assert len(seen) == 5
    assert not any(user.keys() & CHOSEN.keys() for user in seen)


def test_an_admin_who_registers_a_user_does_not_see_their_language(api, admin):
    form = {"name": "Pia", "email": "pia@example.org", "role": Role.ADMIN}
    passwords = dict.fromkeys(("password", "password_confirmation"), "correct horse")

    response = api(admin).post("/api/register", json={**form, **passwords})

    assert not response.json["user"].keys() & CHOSEN.keys()
