"""GET /api/tickets?q="""

import time
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from ticketing.core.database import db, utcnow
from ticketing.search import queries
from ticketing.tickets.models import Status

URL = "/api/tickets"
OPENING = {
    "subject": "Printer on fire",
    "description": "It burns on the third floor.",
    "priority": "high",
}
SLOW = {
    "sqlite": """
        0 < (WITH RECURSIVE numbers (n) AS
          (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) SELECT COUNT(*) FROM numbers)
    """,
    "mysql": "SLEEP(30) = 0",
}


@pytest.fixture
def opened(api, customer, category):
    """The id of a ticket that the customer has opened."""
    opening = {**OPENING, "category_id": category.id}
    return api(customer).post(URL, json=opening).json["id"]


@pytest.fixture
def write(api, opened):
    """Write a comment or a message on the ticket; return its id."""

    def write(user, kind, **fields):
        answer = api(user).post(f"{URL}/{opened}/{kind}", json=fields)
        assert answer.status_code == 201
        return answer.json["id"]

    return write


@pytest.fixture
def statements(app):
    """The statements that are executed, with their parameters."""
    executed = []

    def note(connection, cursor, statement, parameters, *rest):
        executed.append((statement, parameters))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield executed
    event.remove(engine, "before_cursor_execute", note)


def matches(found):
    return [ticket["match"] for ticket in found]


def test_a_match_says_where_the_words_are(search, customer, opened):
    [ticket] = search(customer, "burns printer")

    assert ticket["match"] == {
        "in": "ticket",
        "id": opened,
        "excerpt": "Printer on fire\nIt burns on the third floor.",
        "terms": [[0, 7], [19, 24]],
    }


def test_only_a_search_returns_matches(api, customer, opened):
    [ticket] = api(customer).get(URL).json["data"]

    assert "match" not in ticket
    assert "match" not in api(customer).get(f"{URL}/{opened}").json


def test_all_words_must_be_in_one_text(search, customer, write):
    write(customer, "messages", message="Hurry!")

    assert search(customer, "printer hurry") == []


def test_a_match_is_in_the_newest_text_that_has_the_words(
    search, customer, admin, write
):
    write(customer, "comments", content="Fire!")
    message = write(admin, "messages", message="Fire where?")
    write(customer, "messages", message="Here.")

    [match] = matches(search(customer, "fire"))
    assert (match["in"], match["id"]) == ("message", message)


def test_an_excerpt_is_short_and_has_the_first_term(search, customer, write):
    said = "é 🔥 " * 500 + "needle in a haystack " + "long " * 100
    write(customer, "messages", message=said)

    [match] = matches(search(customer, "needle haystack"))
    assert len(match["excerpt"]) == 200
    assert match["excerpt"] in said
    shown = [match["excerpt"][start:end] for start, end in match["terms"]]
    assert shown == ["needle", "haystack"]


def test_an_edited_comment_is_found_as_it_is_now(api, search, customer, write):
    comment = write(customer, "comments", content="The old wording")

    api(customer).patch(f"/api/comments/{comment}", json={"content": "A new one"})

    assert search(customer, "wording") == []
    assert matches(search(customer, "new"))[0]["excerpt"] == "A new one"


def test_an_edited_ticket_is_found_as_it_is_now(api, search, customer, opened):
    api(customer).patch(f"{URL}/{opened}", json={"subject": "Scanner on fire"})

    assert search(customer, "printer") == []
    assert matches(search(customer, "scanner"))[0]["terms"] == [[0, 7]]


def test_a_deleted_text_is_not_found(api, search, customer, opened, write):
    comment = write(customer, "comments", content="Secret")

    api(customer).delete(f"/api/comments/{comment}")
    assert search(customer, "secret") == []

    api(customer).delete(f"{URL}/{opened}")
    assert search(customer, "printer") == []


def test_a_rolled_back_text_is_not_found(api, app, search, customer, opened):
    body = {"message": "Lost", "if_last_seq": 99}

    api(customer).post(f"{URL}/{opened}/messages", json=body)

    assert search(customer, "lost") == []


def test_a_search_finds_no_tickets_of_other_customers(search, stranger, admin, opened):
    assert search(stranger, "printer") == []
    assert search(stranger, f"#{opened}") == []
    assert len(search(admin, "printer")) == 1


def test_a_customers_search_and_its_matches_ignore_internal_comments(
    search, customer, admin, write
):
    public = write(admin, "comments", content="We look into the canary.")
    write(admin, "comments", content="The canary is arson.", internal=True)

    assert search(customer, "arson") == []
    assert [match["id"] for match in matches(search(customer, "canary"))] == [public]
    [match] = matches(search(admin, "canary"))
    assert match["internal"] is True


@pytest.mark.parametrize("others", [0, 20])
def test_a_customers_search_reads_texts_by_their_tickets_alone(
    api, search, customer, stranger, category, opened, statements, others
):
    for _ in range(others):
        api(stranger).post(URL, json={**OPENING, "category_id": category.id})
    statements.clear()

    search(customer, "printer")

    reading = [said.upper() for said, _ in statements if "search_texts" in said]
    assert len(reading) == 2
    assert not any("MATCH" in said for said in reading)
    assert all("SEARCH_TEXTS.TICKET_ID" in said for said in reading)


def test_an_admins_search_uses_the_index_if_recent_tickets_do_not_fill_a_page(
    search, admin, customer, make_ticket, index, by_index, statements
):
    for number in range(5):
        make_ticket(customer, subject=f"Printer {number}")
    index()
    statements.clear()

    found = search(admin, "printer")

    assert len(found) == 5
    assert any("MATCH" in statement.upper() for statement, _ in statements)


def test_an_admins_search_reads_all_texts_if_every_word_is_common(
    search, admin, customer, make_ticket, index, by_index, statements, monkeypatch
):
    monkeypatch.setattr(queries, "MAX_RARE", 2)
    for number in range(5):
        make_ticket(customer, subject=f"Printer {number}")
    index()
    statements.clear()

    found = search(admin, "printer burns")

    assert len(found) == 5
    assert not any("MATCH" in statement.upper() for statement, _ in statements)


@pytest.mark.parametrize("way", ["customer", "admin", "by_index"])
def test_pages_of_a_search_have_each_ticket_once_the_newest_first(
    api, customer, admin, make_ticket, index, request, way
):
    if way == "by_index":
        request.getfixturevalue("by_index")
    now = utcnow()
    times = [now + timedelta(minutes=n % 3) for n in range(7)]
    made = [make_ticket(customer, created_at=time) for time in times]
    index()
    client = api(customer if way == "customer" else admin)

    pages, url = [], f"{URL}?q=printer&limit=3"
    while url:
        answer = client.get(url)
        pages.append([ticket["id"] for ticket in answer.json["data"]])
        link = answer.headers.get("Link", "")
        url = link[link.find("<") + 1 : link.find(">")]

    newest = sorted(made, key=lambda ticket: (ticket.created_at, ticket.id))[::-1]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert sum(pages, []) == [ticket.id for ticket in newest]


def test_a_search_combines_with_filters(search, make_ticket, customer, admin, index):
    ticket = make_ticket(customer, status=Status.CLOSED)
    make_ticket(customer)
    index()

    found = search(admin, "printer", status="closed,resolved", user_id=customer.id)

    assert [one["id"] for one in found] == [ticket.id]
    assert search(admin, f"#{ticket.id}", status="open") == []


def test_a_search_for_a_number_alone_finds_that_ticket(search, customer, admin, opened):
    for user in (customer, admin):
        [ticket] = search(user, f" #{opened} ")
        assert ticket["id"] == opened
        assert ticket["match"]["in"] == "ticket"
        assert ticket["match"]["excerpt"].startswith("Printer on fire")
        assert ticket["match"]["terms"] == []


def test_a_number_among_other_words_is_searched_for_as_a_word(
    search, customer, opened, write
):
    write(customer, "messages", message="It is bug #4711.")

    assert len(search(customer, "bug #4711")) == 1


@pytest.mark.parametrize("sort", ["created_at", "-priority", "waiting_since"])
def test_a_search_refuses_any_other_order(api, customer, sort):
    answer = api(customer).get(URL, query_string={"q": "printer", "sort": sort})

    assert answer.status_code == 422
    assert answer.json["errors"] == {"sort": ["Not together with q."]}


@pytest.mark.parametrize(
    "q", ["*" * 200, "_", '""', '"', "手", "🔥", "%", "()[]{}", "+-<>~@", "\\", "'", "--"]
)
def test_a_search_without_a_word_is_refused(api, admin, q):
    answer = api(admin).get(URL, query_string={"q": q})

    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["q"]


@pytest.mark.parametrize(
    "q",
    [
        *("a" * 200, "a*" * 100, "a " * 99, '"a' * 66, "手机" * 100, "x" * 199 + "*"),
        *("printer AND", "NOT printer", "NEAR(a, b)", "subject:printer", "+a -b ~c <d"),
        *("a@3", "(a", "a)", '"a', "a' OR 1=1 --", "%a%", "a_b", "\\a\\", "a\tb\nc"),
        *("{a}", "[a", "a^2", "^a", "a$", ".*a", "a|b", "a?", "\u200ba", "#0", "#x"),
        *("a\U0010ffff", "#999999999999999999", '"pri* on* fi*"', "pr*int*er*"),
    ],
)
def test_operators_of_full_text_engines_are_searched_for_as_text(
    api, admin, customer, opened, by_index, q
):
    for user in (admin, customer):
        answer = api(user).get(URL, query_string={"q": q})

        assert answer.status_code == 200


def test_a_long_search_is_refused(api, customer):
    answer = api(customer).get(URL, query_string={"q": "a" * 201})

    assert answer.status_code == 422


def test_a_page_of_long_texts_is_no_larger_than_others(
    api, admin, customer, make_ticket, index
):
    for _ in range(30):
        make_ticket(customer, description="\x01" * 3000 + " needle " + "é" * 16_000)
    index()

    answer = api(admin).get(f"{URL}?q=needle&limit=100")

    assert 1 < len(answer.json["data"]) < 30
    assert len(answer.data) <= 512 * 1024
    assert answer.json["next"]


def test_a_page_has_room_for_what_was_found(api, admin, make_ticket, customer, index):
    for _ in range(100):
        make_ticket(customer, description="a " * 100 + "\N{FIRE}" * 1100)
    index()

    answer = api(admin).get(f"{URL}?q=a&limit=100")

    assert len(answer.data) <= 512 * 1024
    assert answer.json["next"]


def test_a_search_that_takes_too_long_is_stopped(
    api, app, admin, opened, monkeypatch, search
):
    with app.app_context():
        slow = text(SLOW[db.engine.dialect.name])
    with monkeypatch.context() as patch:
        patch.setattr(queries, "TIMEOUT_S", 0.2)
        patch.setattr(queries, "_has_text", lambda *args: slow)

        answer = api(admin).get(f"{URL}?q=printer")

    assert answer.status_code == 503
    assert answer.json["code"] == "search_timeout"
    assert answer.headers["Retry-After"]
    assert len(search(admin, "printer")) == 1


def test_a_search_whose_texts_take_too_long_to_read_is_stopped(
    api, customer, make_ticket, index, monkeypatch
):
    for _ in range(3):
        make_ticket(customer, subject="needle")
    index()
    find_terms, read = queries.find_terms, []

    def find_slowly(text, terms):
        read.append(text)
        time.sleep(2)
        return find_terms(text, terms)

    monkeypatch.setattr(queries, "TIMEOUT_S", 2)
    monkeypatch.setattr(queries, "find_terms", find_slowly)

    answer = api(customer).get(f"{URL}?q=needle")

    assert answer.status_code == 503
    assert answer.json["code"] == "search_timeout"
    assert len(read) == 1
