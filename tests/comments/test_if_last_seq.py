"""``if_last_seq``: a public comment is refused if another user replied after it."""

import pytest

KEY = {"Idempotency-Key": "attempt-1"}


@pytest.fixture
def url(ticket):
    return f"/api/tickets/{ticket.id}"


@pytest.fixture
def comment_on(api, admin, url):
    """Comment as the admin, who knows the ticket up to a ``seq``."""
    client = api(admin)

    def comment_on(seq, headers=None, **fields):
        body = {"content": "Unplug it.", "if_last_seq": seq, **fields}
        return client.post(f"{url}/comments", json=body, headers=headers)

    return comment_on


@pytest.fixture
def said(api, admin, url):
    """Return the texts of the comments on the ticket."""

    def said():
        found = api(admin).get(f"{url}/comments").json["data"]
        return [comment["content"] for comment in found]

    return said


@pytest.mark.parametrize(
    ("what", "text"), [("messages", "message"), ("comments", "content")]
)
@pytest.mark.parametrize("who", ["customer", "colleague"])
def test_a_comment_is_refused_after_a_reply_of_another_user(
    request, api, url, comment_on, said, what, text, who
):
    author = api(request.getfixturevalue(who))
    author.patch(url, json={"priority": "high"})
    author.post(f"{url}/{what}", json={text: "Wait!"})
    missed = author.get(f"{url}/events").json["data"]
    before = said()

    response = comment_on(0)

    assert response.status_code == 409
    assert response.json == {
        "message": response.json["message"],
        "code": "conversation_moved",
        "events": missed,
    }
    assert said() == before
    assert author.get(f"{url}/events").json["data"] == missed


def test_a_comment_is_added_with_the_last_seq_of_the_reply(
    api, customer, url, comment_on
):
    api(customer).post(f"{url}/messages", json={"message": "Wait!"})
    moved = comment_on(0).json["events"]

    assert comment_on(moved[-1]["seq"]).status_code == 201


@pytest.mark.parametrize("seq", [0, None])
def test_a_comment_is_added_if_only_its_author_replied_since(comment_on, said, seq):
    comment_on(0)

    assert comment_on(seq).status_code == 201
    assert len(said()) == 2


@pytest.mark.parametrize("beyond", [1, 2**63 - 1])
def test_if_last_seq_of_a_comment_beyond_the_last_seq_is_invalid(
    comment_on, said, beyond
):
    response = comment_on(beyond)

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["if_last_seq"]
    assert said() == []


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_if_last_seq_of_an_internal_comment_is_invalid(request, api, url, said, who):
    body = {"content": "Arson?", "internal": True, "if_last_seq": 0}

    response = api(request.getfixturevalue(who)).post(f"{url}/comments", json=body)

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["if_last_seq"]
    assert said() == []


def test_a_null_if_last_seq_does_not_guard_an_internal_comment(comment_on):
    assert comment_on(None, internal=True).status_code == 201


def test_repeating_a_comment_with_its_key_succeeds_after_a_reply_of_another_user(
    api, customer, url, comment_on, said
):
    first = comment_on(0, KEY)
    api(customer).post(f"{url}/messages", json={"message": "Wait!"})

    again = comment_on(0, KEY)
    other = comment_on(0)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == first.json
    assert other.json["code"] == "conversation_moved"
    assert said() == ["Unplug it."]
