"""The check of files by ``flask doctor``."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from ticketing.core import storage
from ticketing.core.database import db
from ticketing.files.models import File
from ticketing.ops.findings import Finding
from ticketing.tickets.models import Ticket

MAX_EXAMINED = 100  # newest files of each kind


def examine() -> Iterable[Finding]:
    """Check that the newest files are where the settings say."""
    keys = [*_newest(Ticket.attachment_key, Ticket.id), *_newest(File.key, File.id)]
    missing = sum(not storage.path_of(key).is_file() for key in keys)
    if not missing:
        yield Finding(True, f"files: the newest {len(keys)} are in UPLOAD_DIR.")
        return
    yield Finding(
        False,
        f"files: of the newest {len(keys)}, {missing} are not in UPLOAD_DIR: restore "
        "it, or correct the setting.",
    )


def _newest(key: Any, row_id: Any) -> Iterable[str]:
    found = select(key).where(key.is_not(None)).order_by(row_id.desc())
    return db.session.scalars(found.limit(MAX_EXAMINED))
