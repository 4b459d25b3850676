"""``file_ids`` of comments and messages, over HTTP and Socket.IO"""

import pytest

from ticketing.accounts.models import User
from ticketing.core.database import db
from ticketing.files.models import File

TEXTS = {"messages": "message", "comments": "content"}

pytestmark = pytest.mark.parametrize("kind", ["messages", "comments"])


@pytest.fixture
def files(add, customer):
    """Two files that the customer has added."""
    return [add(customer, name=name).json for name in ("b.log", "a.log")]


@pytest.fixture
def ids(files):
    """Their ids, the second one first."""
    return [file["id"] for file in reversed(files)]


def test_a_text_has_files_in_the_order_of_their_ids(
    api, post, customer, admin, ticket, files, ids, kind
):
    text = TEXTS[kind]

    response = post(customer, kind, **{text: "See these.", "file_ids": ids})

    sent = response.json
    assert response.status_code == 201
    assert sent["files"] == files[::-1]
    url = f"/api/tickets/{ticket.id}"
    [listed] = api(admin).get(f"{url}/{kind}?mark_read=false"[: None if kind == "messages" else -16]).json["data"]
    assert listed == sent
    assert api(admin).get(f"/api/{kind}/{sent['id']}").json == sent
    [entry] = api(admin).get(f"{url}/events").json["data"]
    assert entry["payload"] == sent
