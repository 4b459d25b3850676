"""Collect the rows that an import left out or changed."""

from collections.abc import Iterator

MAX_LISTED = 1000  # of one kind


class Findings:
    """Rows that were left out or changed, grouped by the kind of finding."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}
        self._more: dict[str, int] = {}

    def add(self, what: str, which: object) -> None:
        """Note a row.

        :param what: the kind of finding; begins with the name of the table, in plural.
        :param which: the id of the row, or a text with it.
        """
        found = self._found.setdefault(what, [])
        if len(found) < MAX_LISTED:
            found.append(str(which))
        else:
            self._more[what] = self._more.get(what, 0) + 1

    def lines(self) -> Iterator[str]:
        """Yield a line for each kind of finding."""
        for what, found in self._found.items():
            more = self._more.get(what, 0)
            listed = ", ".join(found) + (f" and {more} more" if more else "")
            yield f"{what} ({len(found) + more}): {listed}"
