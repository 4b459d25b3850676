"""Extension points: contributions belong to one application."""

from flask import Flask

from ticketing.core.extension_points import ExtensionPoint

GREETINGS = ExtensionPoint[str]("greetings")


def test_an_application_has_its_own_contributions_in_order():
    one, other = Flask("one"), Flask("other")
    GREETINGS.add(one, "Good morning")
    GREETINGS.add(one, "Good night")

    with one.app_context():
        assert GREETINGS.contributions() == ("Good morning", "Good night")
    with other.app_context():
        assert GREETINGS.contributions() == ()
