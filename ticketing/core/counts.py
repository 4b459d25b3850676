"""Count rows up to a limit: counting a million rows takes as long as reading them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select

from ticketing.core.hot import fetch_all

MAX_COUNT = 1000  # stands for that many or more


def count_each(queries: Sequence[Select[Any]]) -> list[int]:
    """Return the number of rows of each query, at most ``MAX_COUNT``.

    However many queries there are, they are one statement.

    :param queries: of one column, and with the values of all parameters.
    """
    if not queries:
        return []
    limited = [query.limit(MAX_COUNT).subquery() for query in queries]
    counts = [select(func.count()).select_from(rows) for rows in limited]
    [row] = fetch_all(select(*[count.scalar_subquery() for count in counts]), {})
    return list(row)
