"""GET /api/config"""

import pytest

from ticketing import seed

URL = "/api/config"


def test_everyone_can_read_the_configuration(anyone):
    response = anyone.get(URL)

    assert response.status_code == 200
    config = response.json
    types = config["attachment"].pop("types")
    assert config == {
        "name": "Ticketing",
        "languages": ["en", "de", "es", "fr", "ar"],
        "registration": True,
        "mail": False,
        "password_min_length": 8,
        "attachment": {"max_bytes": 10 * 1024 * 1024},
        "priorities": ["low", "medium", "high", "urgent"],
        "statuses": ["open", "in_progress", "resolved", "closed"],
        "demo_accounts": [],
    }
    assert {"image/png", "application/pdf", "text/plain"} < set(types)
    assert not {"text/html", "image/svg+xml"} & set(types)


@pytest.mark.parametrize(
    ("setting", "value", "field"),
    [
        ("SERVICE_NAME", "Hilfe – 助け", "name"),
        ("PASSWORD_MIN_LENGTH", 20, "password_min_length"),
    ],
)
def test_the_configuration_is_that_of_the_settings(
    app, anyone, monkeypatch, setting, value, field
):
    monkeypatch.setitem(app.config, setting, value)

    assert anyone.get(URL).json[field] == value


def test_the_configuration_in_development_has_the_demo_accounts(
    app, anyone, monkeypatch
):
    monkeypatch.setitem(app.config, "TICKETING_ENV", "development")
    app.test_cli_runner().invoke(args=["seed"])

    accounts = anyone.get(URL).json["demo_accounts"]

    names = [account.pop("name") for account in accounts]
    assert names == ["Admin User", "Customer User"]
    for name, account in zip(names, accounts, strict=True):
        session = anyone.post("/api/login", json=account).json
        assert session["user"]["name"] == name


@pytest.mark.parametrize("environment", ["testing", "production"])
def test_the_configuration_elsewhere_has_no_demo_accounts(
    app, anyone, monkeypatch, environment
):
    monkeypatch.setitem(app.config, "TICKETING_ENV", environment)
    with app.app_context():
        seed.create_seed()

    assert anyone.get(URL).json["demo_accounts"] == []


def test_the_configuration_may_be_cached(anyone, api, customer):
    for client in (anyone, api(customer)):
        response = client.get(URL)

        assert response.headers["Cache-Control"] == "public, max-age=300"


def test_the_configuration_refuses_a_query(anyone):
    response = anyone.get(f"{URL}?language=de")

    assert (response.status_code, list(response.json["errors"])) == (422, ["language"])


@pytest.mark.parametrize(("url", "sent"), [("none", False), ("smtp://mail", True)])
def test_the_configuration_says_whether_mails_are_sent(
    app, anyone, monkeypatch, url, sent
):
    monkeypatch.setitem(app.config, "MAIL_URL", url)

    assert anyone.get(URL).json["mail"] is sent
