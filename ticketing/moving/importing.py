"""Import everything from the Laravel system, in one transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from ticketing import policy
from ticketing.accounts.models import User
from ticketing.categories.models import Category
from ticketing.chat.models import Message
from ticketing.comments.models import Comment
from ticketing.core import storage
from ticketing.core.database import LARGEST_ID, db, utcnow
from ticketing.core.errors import UncertainError
from ticketing.core.hot import insert_rows
from ticketing.core.transaction import transaction
from ticketing.moving.conversations import Conversations
from ticketing.moving.databases import Progress
from ticketing.moving.findings import Findings
from ticketing.moving.histories import write_histories
from ticketing.moving.laravel import Record, count_records, read_records
from ticketing.moving.people import Categories, People
from ticketing.moving.uploads import RefusedFileError, store_copy
from ticketing.search import service as search
from ticketing.search.models import MAX_TEXTS
from ticketing.tickets.models import Ticket

MODELS: Mapping[str, Any] = {
    "users": User,
    "categories": Category,
    "tickets": Ticket,
    "comments": Comment,
    "messages": Message,
}
MAX_IDS = {"tickets": LARGEST_ID // MAX_TEXTS - 1}  # see search.models.first_id
Convert = Callable[[Record], Mapping[str, Any] | None]


class Import:
    """An import of the database of the Laravel system, and of the files of its tickets.

    No event is published: nobody is mailed, and no webhook is called.

    :ivar findings: the rows that were left out or changed.
    :ivar counts: the number of rows of each table.
    """

    def __init__(self, source: Connection, directory: Path, progress: Progress) -> None:
        self._source, self._directory, self._progress = source, directory, progress
        self._files: list[str] = []
        self._substitute_id = 0
        self.counts: dict[str, int] = {}
        self.findings = Findings()

    def run(self) -> None:
        """Import everything into the application's database, which is empty.

        :raises StorageFullError: the disk is full; nothing was imported.
        """
        with self._removing_files_if_it_fails():
            self._import()

    @transaction()
    def _import(self) -> None:
        now = utcnow()
        people = People(self.findings, now)
        self._categories = Categories(self.findings, now)
        self._store("users", people.convert)
        self._store("categories", self._categories.convert)
        admins = db.session.scalars(select(User.id).where(policy.is_active_admin()))
        conversations = Conversations(
            findings=self.findings,
            now=now,
            users=people.ids,
            assignable=set(admins),
            categories=frozenset(self._categories.ids),  # without the substitute
            make_category=self._make_category,
            store_file=self._store_file,
        )
        self._store("tickets", conversations.ticket)
        self._store("comments", conversations.comment)
        self._store("messages", conversations.message)
        self._complete()

    def _store(self, table: str, convert: Convert) -> None:
        max_id = MAX_IDS.get(table, LARGEST_ID)
        count = count_records(self._source, table)
        with self._progress(f"Importing {table}", count) as advance:
            for records in read_records(self._source, table, self.findings, max_id):
                rows = [row for row in map(convert, records) if row is not None]
                if rows:
                    insert_rows(MODELS[table], rows)
                advance(len(records))
        self.counts[table] = _count(MODELS[table])

    def _complete(self) -> None:
        """Write the log of all tickets, and index their texts."""
        steps: dict[str, Iterable[int]] = {
            "Writing the history": write_histories(),
            "Indexing texts": search.rebuild(search.not_indexed()),
        }
        for label, step in steps.items():
            with self._progress(label, self.counts["tickets"]) as advance:
                for done in step:
                    advance(done)

    def _make_category(self) -> int:
        """Return the id of a category for tickets without one; create it if needed."""
        if not self._substitute_id:
            row = self._categories.make_substitute()
            insert_rows(Category, [row])
            self._substitute_id = row["id"]
            self.counts["categories"] += 1
        return self._substitute_id

    def _store_file(self, path: str, ticket_id: int) -> Mapping[str, Any]:
        """Store a file; return its columns, or none if it is left out."""
        try:
            stored = store_copy(self._directory, path)
        except RefusedFileError as refused:
            what = f"files left out: {refused}"
            self.findings.add(what, f"{path!r} of ticket {ticket_id}")
            return {}
        self._files.append(stored["attachment"])
        return stored

    @contextmanager
    def _removing_files_if_it_fails(self) -> Iterator[None]:
        try:
            yield
        except UncertainError:
            raise  # the commit may have succeeded: prefer orphans to missing files
        except BaseException:
            for key in self._files:
                storage.remove(key)
            raise


def _count(model: Any) -> int:
    return db.session.scalars(select(func.count()).select_from(model)).one()
