"""Keys by which a client may send the same thing again, and have it happen once."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ForeignKey, String, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.core.database import TABLE_OPTIONS, Model, insert, read_one, utcnow
from ticketing.core.errors import ConflictError, NotFoundError

T = TypeVar("T")


class IdempotencyConflictError(ConflictError):
    """The key has been used for something else."""

    code = "idempotency_conflict"
    message = "This idempotency key was used for another request; take a new one."


@dataclass(frozen=True)
class Created(Generic[T]):
    """A resource, and whether this call created it or an earlier one with its key."""

    resource: T
    anew: bool = True


@dataclass(frozen=True)
class Attempt:
    """A request to create something: under which key, and what it says.

    :param call: what is asked for, such as ``POST /tickets/7/messages``.
    :param body: its fields, as JSON has them.
    """

    user_id: int
    key: str
    call: str
    body: Mapping[str, Any]

    @property
    def fingerprint(self) -> str:
        """What two attempts have in common that say the same, in hexadecimal."""
        attempt = [self.call, sorted(self.body.items())]
        # Exactly this spelling: fingerprints are stored, and compared after an upgrade.
        said = json.dumps(attempt, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(said.encode()).hexdigest()


class IdempotencyRecord(Model):
    """What a user created under a key. It outlives it: what is gone stays gone."""

    __tablename__ = "idempotency_keys"
    __table_args__ = TABLE_OPTIONS | {"sqlite_autoincrement": False}

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    resource_id: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


RECORD = select(IdempotencyRecord.fingerprint, IdempotencyRecord.resource_id).where(
    IdempotencyRecord.user_id == bindparam("user_id"),
    IdempotencyRecord.key == bindparam("key"),
)


def once(
    attempt: Attempt | None, find: Callable[[int], T | None], create: Callable[[], T]
) -> Created[T]:
    """Create something, unless the same attempt did; in the current transaction.

    :param attempt: ``None`` where the client gave no key.
    :param find: returns what has an id, as it is now.
    :param create: returns something with an ``id``, flushed.
    :raises IdempotencyConflictError: the key was used for something else.
    :raises NotFoundError: what was created under the key exists no longer.
    """
    if attempt is None:
        return Created(create())
    key = {"user_id": attempt.user_id, "key": attempt.key}
    record = read_one(RECORD, key)
    if record is None:
        created: Any = create()
        insert(
            IdempotencyRecord,
            **key,
            fingerprint=attempt.fingerprint,
            resource_id=created.id,
        )
        return Created(created)
    if record.fingerprint != attempt.fingerprint:
        raise IdempotencyConflictError
    found = find(record.resource_id)
    if found is None:
        raise NotFoundError("What was created under this key has been deleted.")
    return Created(found, anew=False)
