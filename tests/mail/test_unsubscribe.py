"""Links in mails that switch off one kind of them"""

import re

import pytest

from ticketing.core.text import Language
from ticketing.mail import tokens
from ticketing.mail.models import Kind


@pytest.fixture
def wants(api):
    """Return whether a user wants a kind of mail."""
    url = "/api/me/notifications"
    return lambda user, kind: api(user).get(url).json["email"][kind]


@pytest.fixture
def link(app, customer):
    """The path that a mail of replies to the customer has."""
    with app.app_context():
        return f"/unsubscribe?token={tokens.issue(customer.id, Kind.REPLY)}"


def test_the_link_of_a_mail_switches_off_its_kind_for_its_reader(
    anyone, api, open_ticket, mails, wants, customer, stranger, admin
):
    open_ticket()
    [mail] = mails()
    header = mail.message["List-Unsubscribe"].strip("<>")
    path = header.removeprefix("https://help.example.org")

    answer = anyone.post(path, data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert header in mail.text
    assert f'href="{header}"' in mail.html
    assert not wants(customer, "ticket_received")
    assert wants(customer, "reply")
    assert wants(stranger, "ticket_received")


def test_it_can_be_used_again_and_after_the_kind_was_switched_on(
    anyone, api, wants, link, customer
):
    first, again = anyone.post(link), anyone.post(link)
    api(customer).patch("/api/me/notifications", json={"email": {"reply": True}})
    later = anyone.post(link)

    assert [first.status_code, again.status_code, later.status_code] == [200] * 3
    assert not wants(customer, "reply")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_at_it_changes_nothing(anyone, wants, link, customer, method):
    answer = anyone.open(link, method=method)

    assert answer.status_code == 200
    assert wants(customer, "reply")


def test_the_page_has_a_button_that_posts_to_the_same_address(anyone, link):
    page = anyone.get(link)

    assert page.mimetype == "text/html"
    assert '<form method="post"><button>' in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "<form" not in anyone.post(link).text


def test_the_page_is_in_the_language_of_the_user_or_else_of_the_browser(
    app, anyone, make_user, link
):
    gerda = make_user("Gerda", locale=Language.GERMAN)
    with app.app_context():
        hers = f"/unsubscribe?token={tokens.issue(gerda.id, Kind.REPLY)}"

    french = {"Accept-Language": "fr"}
    assert '<html lang="de"' in anyone.get(hers, headers=french).text
    assert '<html lang="fr"' in anyone.get(link, headers=french).text
    assert '<html lang="ar" dir="rtl"' in (
        anyone.post(link, headers={"Accept-Language": "ar"}).text
    )


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "change",
    [
        lambda token: "",
        lambda token: "x",
        lambda token: "..",
        lambda token: token[:-1],
        lambda token: f"{token}x",
        lambda token: token.replace("reply", "status"),
        lambda token: token.replace("reply", "security"),
        lambda token: f"1{token}",
        lambda token: f"0{token}",
        lambda token: f"{'9' * 5000}.reply.x",
        lambda token: token.replace(".", ".\u0661", 1),
        lambda token: f"é{token}",
        lambda token: f"{token}\u20ac",
    ],
)
def test_a_token_that_is_not_ours_is_not_found(
    anyone, wants, link, customer, method, change
):
    _, token = link.split("=")

    query = {"token": change(token)}
    answer = anyone.open("/unsubscribe", query_string=query, method=method)

    assert answer.status_code == 404
    assert answer.json["code"] == "not_found"
    assert wants(customer, "reply")


def test_of_a_user_who_is_gone_there_is_nothing_to_find(app, anyone):
    with app.app_context():
        token = tokens.issue(10**9, Kind.REPLY)

    assert anyone.post(f"/unsubscribe?token={token}").status_code == 404


def test_the_token_is_not_logged(anyone, logged, link):
    anyone.get(link)
    anyone.post(link)
    anyone.post(f"{link}x")

    lines = str(logged(""))
    assert "/unsubscribe" in lines
    assert not re.search(r"reply\.[\w-]{20}", lines)


def test_the_token_authenticates_nobody(anyone, link):
    _, token = link.split("=")

    answer = anyone.get("/api/me", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401
