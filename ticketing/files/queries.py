"""Query the files of comments and messages, together with these."""

from collections.abc import Sequence
from typing import Any

from ticketing.files.models import HasFiles, described
from ticketing.web.serializer import Computed


def files_of(model: type[HasFiles]) -> Computed:
    """Return the field of the files of a comment or message."""
    row_id = model.id  # type: ignore[attr-defined]
    return Computed(_described, [row_id, model.attached])


def _described(values: Sequence[Any]) -> list[dict[str, Any]]:
    _, attached = values
    return [described(summary) for summary in attached or ()]
