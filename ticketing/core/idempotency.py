"""Idempotency keys: a request sent again under its key takes effect once."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ForeignKey, String, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.core.database import TABLE_OPTIONS, Model, utcnow
from ticketing.core.errors import ConflictError, NotFoundError
from ticketing.core.hot import fetch_one, insert_row
from ticketing.core.text import t

T = TypeVar("T")


class IdempotencyConflictError(ConflictError):
    """The key was used for another request."""

    code = "idempotency_conflict"
    message = t("This idempotency key was used for another request; take a new one.")


@dataclass(frozen=True)
class Created(Generic[T]):
    """A resource, and whether this request created it or an earlier one did."""

    resource: T
    is_new: bool = True


@dataclass(frozen=True)
class Attempt:
    """A request to create something, under a key of the client's.

    :param call: method and path, such as ``POST /tickets/7/messages``.
    :param body: its fields, as in JSON.
    """

    user_id: int
    key: str
    call: str
    body: Mapping[str, Any]

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of call and body, in hexadecimal."""
        request = [self.call, sorted(self.body.items())]
        # Exactly this spelling: fingerprints are stored, and compared after an upgrade.
        encoded = json.dumps(request, separators=(",", ":"), allow_nan=False).encode()
        return hashlib.sha256(encoded).hexdigest()


class IdempotencyRecord(Model):
    """The resource that a user created under a key.

    It is kept when the resource is deleted: sent again, the request creates nothing.
    """

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
    """Create a resource in the current transaction, once for a key.

    :param attempt: ``None`` where the client gave no key.
    :param find: returns the resource with an id as it is now, if it exists.
    :param create: returns a new resource with an ``id``, flushed.
    :raises IdempotencyConflictError: the key was used for another request.
    :raises NotFoundError: what was created under the key has been deleted.
    """
    if attempt is None:
        return Created(create())
    key = {"user_id": attempt.user_id, "key": attempt.key}
    record = fetch_one(RECORD, key)
    if record is None:
        created: Any = create()
        insert_row(
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
        raise NotFoundError(t("What was created under this key has been deleted."))
    return Created(found, is_new=False)
