"""Export the data that users can read about themselves, line by line."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from ticketing import policy
from ticketing.accounts.models import Caller
from ticketing.accounts.schemas import AccountSchema
from ticketing.accounts.service import show
from ticketing.canned_responses.models import CannedResponse
from ticketing.canned_responses.schemas import CannedResponseSchema
from ticketing.chat.models import Message
from ticketing.chat.service import MESSAGES
from ticketing.comments.models import Comment
from ticketing.comments.service import COMMENTS
from ticketing.core.database import db
from ticketing.core.errors import NotFoundError
from ticketing.core.pages import Conversation, Page
from ticketing.files.models import File, described
from ticketing.history.models import Stream
from ticketing.history.service import list_entries
from ticketing.mail.preferences import get_preferences
from ticketing.mail.schemas import NotificationsSchema
from ticketing.tickets.queries import list_tickets
from ticketing.views.models import View
from ticketing.web.schemas import shared
from ticketing.web.serializer import RowSerializer

PAGE_SIZE = 50
OLDEST_FIRST = "created_at"

VIEW_FIELDS = ("id", "name", "query", "shared")
CANNED_RESPONSES = RowSerializer(CannedResponseSchema, CannedResponse)


class Line(NamedTuple):
    """A line of an export.

    :ivar data: as JSON.
    """

    type: str
    data: Any


def lines(caller: Caller) -> Iterator[Line]:
    """Yield the data that a user can read about themselves, one page in memory.

    No database connection is held between pages: the client may be slow.
    """
    yield Line("account", shared(AccountSchema).dump(show(caller, caller)))
    notifications = shared(NotificationsSchema).dump(get_preferences(caller))
    yield Line("notifications", notifications)
    yield from chain(_own_settings(caller), _tickets(caller), _replies(caller))
    yield from _unsent_files(caller)


def _tickets(caller: Caller) -> Iterator[Line]:
    """Yield the user's tickets, each with its file, its rating and public history."""
    own: dict[str, Any] = {"sort": OLDEST_FIRST}
    if policy.sees_every_ticket(caller):
        own["user_id"] = caller.id

    def read(cursor: Any) -> Page[Any]:
        return list_tickets(caller, limit=PAGE_SIZE, cursor=cursor, **own)

    for ticket in _each(read, None):
        about = {"ticket_id": ticket.id}
        yield Line("ticket", ticket)
        if ticket["attachment"]:
            yield Line("file", about | ticket["attachment"])
        if ticket["rating"]:
            yield Line("rating", about | ticket["rating"])
        yield from _history(caller, ticket.id)


def _history(caller: Caller, ticket_id: int) -> Iterator[Line]:
    def read(after: Any) -> Page[Any]:
        return list_entries(caller, ticket_id, Stream.PUBLIC, after, PAGE_SIZE)

    with suppress(NotFoundError):  # the ticket was deleted meanwhile
        for entry in _each(read, 0):
            yield Line("event", entry)


def _replies(caller: Caller) -> Iterator[Line]:
    """Yield the replies that the user has written and may still read."""
    internal = policy.may_see_internal(caller)
    for name, model, serializer, visible in (
        ("comment", Comment, COMMENTS, policy.comments_visible(internal)),
        ("message", Message, MESSAGES, None),
    ):
        written: Any = select(*serializer.columns).join(model.user).join(model.ticket)
        written = written.where(
            model.user_id == bindparam("author_id"), policy.visible_to(caller)
        )
        if visible is not None:
            written = written.where(visible)
        replies = Conversation(written, model.id, serializer.serialize)

        def read(after: Any) -> Page[Any]:
            return replies.page(limit=PAGE_SIZE, after=after, author_id=caller.id)

        for reply in _each(read, 0):
            yield Line(name, reply)
            for file in reply["files"]:
                yield Line("file", {f"{name}_id": reply["id"], **file})


def _unsent_files(caller: Caller) -> Iterator[Line]:
    """Yield the files that the user has added, but not sent yet."""
    own = (policy.is_unused_file_of(caller), policy.visible_to(caller))
    unsent = select(File).join(File.ticket).where(*own).order_by(File.id)
    files = [
        {"ticket_id": file.ticket_id, **described(file.summary)}
        for file in db.session.scalars(unsent)
    ]
    db.session.remove()
    yield from (Line("file", file) for file in files)


def _own_settings(caller: Caller) -> Iterator[Line]:
    """Yield the views and canned responses of the user, if they are an admin."""
    if not policy.may_save_views(caller):
        return
    views = select(View).where(View.owner_id == caller.id).order_by(View.id)
    rows = [
        {name: getattr(view, name) for name in VIEW_FIELDS}
        for view in db.session.scalars(views)
    ]
    db.session.remove()
    yield from (Line("view", row) for row in rows)
    of_own = select(*CANNED_RESPONSES.columns)
    of_own = of_own.where(CannedResponse.owner_id == bindparam("owner_id"))
    texts = Conversation(of_own, CannedResponse.id, CANNED_RESPONSES.serialize)

    def read(after: Any) -> Page[Any]:
        return texts.page(limit=PAGE_SIZE, after=after, owner_id=caller.id)

    for response in _each(read, 0):
        yield Line("canned_response", response)


def _each(read: Callable[[Any], Page[Any]], first: Any) -> Iterator[Any]:
    """Yield the items of a list, page by page.

    :param read: returns the page at a cursor.
    :param first: the cursor of the first page.
    """
    place = first
    while True:
        db.session.remove()
        page = read(place)
        db.session.remove()
        yield from page.data
        if page.next is None:
            return
        place = page.next
