"""Convert tickets, comments and messages of the Laravel system."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ticketing.moving.findings import Findings
from ticketing.moving.laravel import Record, integer_of, is_true, text_of, times_of
from ticketing.service_levels.counting import nothing_due
from ticketing.tickets.models import Priority, Side, Status

MAX_SUBJECT_LENGTH = 255
MAX_TEXT_BYTES = 65_535  # of MySQL's TEXT
# The log has it twice, in one packet to the server, which may have 16 MiB.
MAX_DESCRIPTION_BYTES = 2**21
NO_FILE: Mapping[str, Any] = dict.fromkeys(
    f"attachment{part}" for part in ("", "_name", "_type", "_size", "_digest")
)


@dataclass
class Conversations:
    """Convert tickets, and their comments and messages.

    Rows that belong to a user or a ticket that was left out are left out as well.

    :param now: replaces times that are missing.
    :param users: the ids of all users.
    :param assignable: the ids of the users to whom tickets may be assigned.
    :param categories: the ids of all categories.
    :param make_category: returns the id of a category for tickets that have none.
    :param store_file: stores the file of a path for a ticket; returns its columns.
    """

    findings: Findings
    now: datetime
    users: Collection[int]
    assignable: Collection[int]
    categories: Collection[int]
    make_category: Callable[[], int]
    store_file: Callable[[str, int], Mapping[str, Any]]
    _owners: dict[int, int] = field(default_factory=dict)

    def ticket(self, row: Record) -> dict[str, Any] | None:
        """Return the columns of a ticket, ``None`` to leave it out."""
        user_id = integer_of(row["user_id"])
        if user_id is None or user_id not in self.users:
            self.findings.add("tickets left out, whose user is not there", row["id"])
            return None
        self._owners[row["id"]] = user_id
        created_at, updated_at = times_of(row, self.now)
        subject, description = self._texts_of(row)
        path = text_of(row.get("attachment"))
        status = self._choice(Status, row, "status", Status.OPEN)
        return {
            "id": row["id"],
            "user_id": user_id,
            "category_id": self._category_of(row),
            "assigned_to": self._assignee_of(row),
            "subject": subject,
            "description": description,
            "priority": self._choice(Priority, row, "priority", Priority.MEDIUM),
            "status": status,
            **nothing_due(status),
            **NO_FILE,
            **(self.store_file(path, row["id"]) if path else {}),
            "last_activity_at": created_at,
            "created_at": created_at,
            "updated_at": updated_at,
        }

    def comment(self, row: Record) -> dict[str, Any] | None:
        """Return the columns of a comment, ``None`` to leave it out."""
        reply = self._reply(row, "comments", "content")
        is_internal = is_true(row.get("internal")) or is_true(row.get("is_internal"))
        return reply and {**reply, "internal": is_internal}

    def message(self, row: Record) -> dict[str, Any] | None:
        """Return the columns of a message, ``None`` to leave it out."""
        reply = self._reply(row, "messages", "message")
        if reply is None:
            return None
        by_customer = self._owners[reply["ticket_id"]] == reply["user_id"]
        is_read = is_true(row.get("is_read"))
        read_at = max(reply["created_at"], reply["updated_at"])
        return {
            **reply,
            "side": Side.CUSTOMER if by_customer else Side.SUPPORT,
            "client_id": None,
            "is_read": is_read,
            "read_at": read_at if is_read else None,
        }

    def _reply(self, row: Record, table: str, text: str) -> dict[str, Any] | None:
        ticket_id, user_id = integer_of(row["ticket_id"]), integer_of(row["user_id"])
        if ticket_id not in self._owners or user_id not in self.users:
            what = f"{table} left out, whose ticket or user is not there"
            self.findings.add(what, row["id"])
            return None
        created_at, updated_at = times_of(row, self.now)
        return {
            "id": row["id"],
            "ticket_id": ticket_id,
            "user_id": user_id,
            text: self._cut(text_of(row[text]), MAX_TEXT_BYTES, table, row),
            "created_at": created_at,
            "updated_at": updated_at,
        }

    def _texts_of(self, row: Record) -> tuple[str, str]:
        """Return the subject and the description, which begins with a long subject."""
        subject = " ".join(text_of(row["subject"]).split())
        description = text_of(row["description"])
        if len(subject) > MAX_SUBJECT_LENGTH:
            what = "tickets whose subject goes on in the description"
            self.findings.add(what, row["id"])
            description = f"{subject}\n\n{description}"
            subject = f"{subject[: MAX_SUBJECT_LENGTH - 1]}…"
        fitted = self._cut(description, MAX_DESCRIPTION_BYTES, "tickets", row)
        return subject or f"Ticket {row['id']}", fitted

    def _category_of(self, row: Record) -> int:
        category_id = integer_of(row["category_id"])
        if category_id is not None and category_id in self.categories:
            return category_id
        self.findings.add("tickets whose category is not there", row["id"])
        return self.make_category()

    def _assignee_of(self, row: Record) -> int | None:
        user_id = integer_of(row.get("assigned_to"))
        if row.get("assigned_to") is None or user_id in self.assignable:
            return user_id
        self.findings.add("tickets unassigned from users who are no admins", row["id"])
        return None

    def _choice(self, kind: type[StrEnum], row: Record, name: str, default: Any) -> Any:
        found = text_of(row.get(name)).casefold().replace(" ", "_").replace("-", "_")
        if found in [*kind]:
            return kind(found)
        what = f"tickets made {default}, with an unknown {name}"
        self.findings.add(what, row["id"])
        return default

    def _cut(self, text: str, max_bytes: int, table: str, row: Record) -> str:
        encoded = text.encode()
        if len(encoded) > max_bytes:
            what = f"{table} whose text was cut after {max_bytes} bytes"
            self.findings.add(what, row["id"])
        return encoded[:max_bytes].decode(errors="ignore")
