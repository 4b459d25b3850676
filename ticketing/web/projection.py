"""What is read only to be shown: columns instead of models, and dumped as they come.

PERSON = Shape(PersonSchema, User)
SHAPE = Shape(MessageSchema, Message, user=PERSON)

``select(*SHAPE.columns)`` returns rows of which ``SHAPE.show`` makes what the schema
would dump of the models; a list takes half as long.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Enum, Row, String, inspect, type_coerce

from ticketing.web.schemas import PLAIN, Schema, Shown, shared


class Made:
    """A part of a shape that ``make`` makes of columns; the first is never NULL."""

    def __init__(self, make: Callable[..., Any], *columns: Any) -> None:
        self.columns = columns
        self._make = make

    def of(self, values: Sequence[Any]) -> Any:
        """Return what is shown of the columns' values."""
        return self._make(*values)


class Shape:
    """What a schema shows of a model, or of an alias of it.

    :param others: what the model has no columns for: an expression, or a part, which is
        ``None`` where its first column is, as where an outer join has found nothing.
    """

    def __init__(
        self,
        schema: type[Schema],
        model: Any,
        **others: "Shape | Made | ColumnElement[Any]",
    ) -> None:
        fields = shared(schema).shortcuts()
        known = inspect(model).mapper.column_attrs.keys()
        own = {n: _stored(getattr(model, n)) for n, _, _ in fields if n in known}
        single = {n: other for n, other in others.items() if not _is_part(other)}
        # The own ones first: a row names the first of two columns as both are named.
        self.columns: list[Any] = [*own.values(), *single.values()]
        places = {name: place for place, name in enumerate([*own, *single])}
        self._parts: list[tuple[str, Shape | Made, slice]] = []
        for name, key, _ in fields:
            if name not in places:
                part: Any = others[name]
                places[name] = begin = len(self.columns)
                self.columns += part.columns
                self._parts.append((key, part, slice(begin, len(self.columns))))
        self._fields = [(key, places[name], show) for name, key, show in fields]

    def show(self, row: Row[Any]) -> Shown:
        """Return what is shown of a row that begins with the columns."""
        return Shown(self.of(row), row)

    def of(self, values: Sequence[Any]) -> dict[str, Any]:
        """Return what is shown of the columns' values."""
        shown = {
            key: value if type(value := values[place]) in PLAIN else show(value)
            for key, place, show in self._fields
        }
        for key, part, its in self._parts:
            if shown[key] is not None:
                shown[key] = part.of(values[its])
        return shown


def _stored(column: Any) -> ColumnElement[Any]:
    """Return a column as it is stored: what is shown of our enums is their value."""
    return type_coerce(column, String) if isinstance(column.type, Enum) else column


def _is_part(other: object) -> bool:
    return isinstance(other, Shape | Made)
