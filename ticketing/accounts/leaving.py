"""What other parts keep of users: to erase it, and to export it.

``people`` calls what parts add here, so that none has to know of those above it.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ticketing.accounts.models import Caller
from ticketing.core.extension_points import ExtensionPoint


class Line(NamedTuple):
    """A line of an export.

    :ivar data: as JSON.
    """

    type: str
    data: Any


# Each erases what a user, whose account is closed, has left in a part. It is called
# with the user's id and without a transaction, commits a bounded number of rows at a
# time, and may be called again.
ERASERS = ExtensionPoint[Callable[[int], None]]("erasers")

# Each returns what a user can read of themselves in a part. It is called without a
# transaction, and keeps a bounded number of rows at a time.
EXPORTS = ExtensionPoint[Callable[[Caller], Iterator[Line]]]("exports")
