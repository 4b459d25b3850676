"""Compare random searches with a simple search that reads every text."""

import re
from unicodedata import category, normalize

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ticketing.chat.models import Message
from ticketing.comments.models import Comment
from ticketing.core.database import db
from ticketing.search import service
from ticketing.tickets.models import Priority, Side, Ticket

pytestmark = pytest.mark.slow

UNSPACED = "手机ไฟ"
LETTERS = ["a", "a", "x", "É", "e\u0301", "ß", "ss", "İ", "ı", "Ａ", *UNSPACED]
OTHERS = [" ", " ", " ", " ", ".", "_", "*", '"', "🔥", "❤\ufe0f", "हि", "%", "\\"]
FOLDED = {"É": "e", "é": "e", "ß": "ss", "İ": "i", "Ａ": "a"}

TEXTS = st.lists(st.sampled_from(LETTERS + OTHERS), max_size=12).map("".join)
# For each ticket: whether it is the stranger's, its description, a message, a public
# comment and an internal one.
TICKETS = st.lists(st.tuples(st.booleans(), *[TEXTS] * 4), min_size=1, max_size=3)
SHORT = st.lists(st.sampled_from(LETTERS + OTHERS), min_size=1, max_size=4)
QUERIES = st.lists(SHORT.map("".join), min_size=1, max_size=2).map(" ".join)


def read(text):
    """Return the words of a text, and the characters of scripts without spaces.

    Each is its text, whether it is such a character, and whether the one before
    touches it and is one, too.
    """
    found, touched = [], False
    for character in normalize("NFC", text):
        folded = FOLDED.get(character, character.lower())
        kind = category(character)[0]
        if kind not in "LN" and not (kind == "M" and touched) or folded == "\ufe0f":
            touched = False
            continue
        joins = touched and found[-1][1] == (folded in UNSPACED)
        if joins and folded not in UNSPACED:
            found[-1] = (found[-1][0] + folded, False, False)
        else:
            found.append((folded, folded in UNSPACED, joins))
        touched = True
    return found


def terms_of(q):
    """Return the terms: the words of each, and whether its last word may continue."""
    for quoted, bare in re.findall(r'"([^"]*)"?|([^\s"]+)', q):
        *starred, rest = re.split(r"\*+(?![^\W_])", quoted or bare)
        term = []
        for part in starred:
            term += [(*word, False) for word in read(part)]
            # One more letter would belong to the last word.
            goes_on = part and len(read(part + "b")) == len(read(part))
            if goes_on and read(part):
                term[-1] = (*term[-1][:3], True)
        term += [(*word, False) for word in read(rest)]
        if term and not (len(term) == 1 and term[0][1]):
            yield term


def has(text, term):
    words = read(text)
    return any(
        all(
            fits(words[place + nth], wanted, nth == 0)
            for nth, wanted in enumerate(term)
        )
        for place in range(len(words) - len(term) + 1)
    )


def fits(word, wanted, is_first):
    text, is_unspaced, joins, goes_on = wanted
    same = word[0].startswith(text) if goes_on else word[0] == text
    return same and word[1] == is_unspaced and (is_first or word[2] == joins)


@pytest.fixture
def write(app, customer, stranger, admin, category):
    """Store tickets with their texts, in the place of any others; return their ids."""

    def write(tickets):
        with app.app_context():
            for model in (Comment, Message, Ticket):
                db.session.query(model).delete()
            ids = [write_one(*ticket) for ticket in tickets]
            db.session.commit()
            sum(service.rebuild(service.not_indexed()))
        return ids

    def write_one(strangers, description, message, comment, note):
        ticket = Ticket(
            user_id=(stranger if strangers else customer).id,
            category_id=category.id,
            subject="-",
            description=description,
            priority=Priority.LOW,
        )
        db.session.add(ticket)
        db.session.flush()
        on = {"ticket_id": ticket.id, "user_id": admin.id}
        db.session.add(Message(**on, side=Side.SUPPORT, message=message))
        db.session.flush()
        db.session.add(Comment(**on, content=comment))
        db.session.flush()
        db.session.add(Comment(**on, content=note, internal=True))
        return ticket.id

    return write


@pytest.fixture
def look_for(api, customer, stranger, admin):
    """Return the response to each of three users: the texts found, or None."""
    users = {"customer": customer, "stranger": stranger, "admin": admin}
    clients = {name: api(user) for name, user in users.items()}

    def look_for(q):
        answers = {}
        for name, client in clients.items():
            answer = client.get("/api/tickets", query_string={"q": q}).json
            answers[name] = "errors" not in answer and [
                (ticket["id"], ticket["match"]["in"], "internal" in ticket["match"])
                for ticket in answer["data"]
            ]
        return answers

    return look_for


def expected(ids, tickets, q, name):
    """Return the response that a user should get."""
    terms = list(terms_of(q))
    if not terms:
        return False
    found = []
    for ticket_id, (strangers, description, *said) in zip(ids, tickets, strict=True):
        if name == ("customer" if strangers else "stranger"):
            continue
        texts = [
            (f"-\n{description}", "ticket", False),
            *((said[0], "message", False), (said[1], "comment", False)),
            (said[2], "comment", True),
        ]
        fitting = [
            (ticket_id, kind, internal)
            for text, kind, internal in texts
            if all(has(text, term) for term in terms)
            if name == "admin" or not internal
        ]
        found += fitting[-1:]
    return found[::-1]


@pytest.mark.parametrize("way", ["recent", "by_index"])
def test_random_searches_find_what_reading_every_text_finds(
    write, look_for, request, way
):
    if way == "by_index":
        request.getfixturevalue("by_index")

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(TICKETS, st.lists(QUERIES, min_size=1, max_size=4))
    def check(tickets, queries):
        ids = write(tickets)
        for q in queries:
            if not q.strip():
                continue
            found = look_for(q)
            assert found == {
                name: expected(ids, tickets, q, name) for name in found
            }, q

    check()
