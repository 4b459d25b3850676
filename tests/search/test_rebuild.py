"""flask search rebuild"""

import pytest
from sqlalchemy import select

from ticketing.comments.models import Comment
from ticketing.core.database import db
from ticketing.search import service
from ticketing.search.models import SearchText


@pytest.fixture
def rebuild(app):
    """Run the command; return what it prints."""

    def rebuild(*options):
        result = app.test_cli_runner().invoke(args=["search", "rebuild", *options])
        assert result.exit_code == 0, result.output
        return result.output

    return rebuild


@pytest.fixture
def indexed(app):
    """Return the rows of the index."""

    def indexed():
        with app.app_context():
            found = db.session.scalars(select(SearchText).order_by(SearchText.id))
            return [(text.kind, text.source_id, text.words) for text in found]

    return indexed


def test_texts_older_than_the_index_are_found_after_it(
    search, admin, customer, ticket, comment, note, make_message, rebuild
):
    make_message(customer, "Is it still burning?")
    assert search(admin, "burning") == []

    printed = rebuild()

    assert "Indexed 1 tickets." in printed
    assert len(search(customer, "burning")) == 1
    assert len(search(admin, "arson")) == 1
    assert search(customer, "arson") == []


def test_the_texts_of_a_ticket_are_in_the_order_in_which_they_were_written(
    search, customer, ticket, comment, make_message, rebuild
):
    message = make_message(customer, "Still burning, I said.")

    rebuild()

    [found] = search(customer, "still burning")
    assert (found["match"]["in"], found["match"]["id"]) == ("message", message.id)


def test_a_rebuild_indexes_texts_as_they_were_indexed_when_written(
    api, customer, admin, category, rebuild, indexed
):
    opening = {"subject": "Straße", "description": "手机", "priority": "low"}
    opening["category_id"] = category.id
    created = api(customer).post("/api/tickets", json=opening)
    url = created.headers["Location"]
    api(admin).post(f"{url}/comments", json={"content": "Hm?", "internal": True})
    api(customer).post(f"{url}/messages", json={"message": "Ｗｉｄｅ"})
    reply = api(admin).post(f"{url}/comments", json={"content": "First"}).json["id"]
    api(admin).patch(f"/api/comments/{reply}", json={"content": "Second"})
    api(customer).patch(url, json={"subject": "Gasse"})
    live = indexed()

    rebuild("--all")

    assert len(live) == 4
    assert indexed() == live


def test_a_rebuild_continues_after_an_interruption(
    app, monkeypatch, make_ticket, customer, rebuild, indexed
):
    monkeypatch.setattr(service, "BATCH_SIZE", 2)
    for _ in range(5):
        make_ticket(customer)
    with app.app_context():
        next(service.rebuild(service.not_indexed()))
    assert len(indexed()) == 2

    printed = rebuild()

    assert "Indexed 3 tickets." in printed
    assert len(indexed()) == 5


def test_texts_written_before_a_rebuild_are_found_before_and_after_it(
    api, search, customer, ticket, rebuild
):
    url = f"/api/tickets/{ticket.id}"
    api(customer).post(f"{url}/messages", json={"message": "Hurry!"})
    api(customer).patch(url, json={"subject": "Scanner"})
    assert len(search(customer, "hurry")) == 1

    rebuild()

    assert len(search(customer, "hurry")) == 1
    assert len(search(customer, "scanner")) == 1


def test_a_rebuild_of_all_repairs_a_damaged_index(
    app, save, search, admin, ticket, comment, rebuild
):
    rebuild()
    with app.app_context():
        db.session.get_one(Comment, comment.id).content = "Changed by hand"
        db.session.commit()
    assert search(admin, "hand") == []

    rebuild("--all")

    assert len(search(admin, "hand")) == 1
