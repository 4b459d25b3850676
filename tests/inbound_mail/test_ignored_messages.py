"""Ignore what programs have sent: nothing is stored, and nobody is answered."""

import pytest


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Auto_Submitted": "auto-replied"}, "auto_reply"),
        ({"Auto_Submitted": "Auto-Generated; type=x"}, "auto_reply"),
        ({"Auto_Submitted": "(comment) auto-notified"}, "auto_reply"),
        ({"Auto_Submitted": "(no) auto-replied"}, "auto_reply"),
        ({"Auto_Submitted": r"(no \) (or) no) auto-replied"}, "auto_reply"),
        ({"Auto_Submitted": "no\nAuto-Submitted: auto-replied"}, "auto_reply"),
        ({"Precedence": "bulk"}, "auto_reply"),
        ({"Precedence": "Junk"}, "auto_reply"),
        ({"Precedence": "(first-class) bulk"}, "auto_reply"),
        ({"Precedence": "list"}, "auto_reply"),
        ({"Precedence": "auto_reply"}, "auto_reply"),
        ({"X_Autoreply": "yes"}, "auto_reply"),
        ({"X_Autorespond": "away"}, "auto_reply"),
        ({"Return_Path": "<>"}, "bounce"),
        ({"Return_Path": "<MAILER-DAEMON>"}, "bounce"),
        ({"Return_Path": "<mailer-daemon>"}, "bounce"),
        ({"Content_Type": "multipart/report; boundary=B"}, "bounce"),
        ({"From": "help@example.com"}, "own_address"),
        ({"From": "Help <HELP@example.com>"}, "own_address"),
    ],
)
def test_what_a_program_sent_is_ignored(deliver, message, comments, headers, why):
    response = deliver(message(**headers))

    assert (response.status_code, response.json) == (200, {"ignored": why})
    assert comments() == []


def test_mail_from_an_address_for_replies_is_ignored(deliver, message, address):
    assert deliver(message(From=address())).json == {"ignored": "own_address"}


def test_bounce_is_ignored_wherever_it_was_sent_to(deliver, message):
    response = deliver(message(Return_Path="<>", From="", To="help@example.com"))

    assert response.json == {"ignored": "bounce"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "no"},
        {"Auto_Submitted": "No (a human)"},
        {"Auto_Submitted": "(not auto-replied) no"},
        {"Precedence": "first-class"},
        {"Return_Path": "<carla@example.org>"},
        {"Return_Path": "<mailer-daemon@example.org>"},
    ],
)
def test_what_a_human_sent_is_stored(deliver, message, headers):
    assert deliver(message(**headers)).status_code == 201
