"""What requests say, read strictly: nothing unknown, nothing twice."""

from collections import Counter
from typing import Any, NoReturn

import marshmallow
from flask import Request
from marshmallow import ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import UnsupportedMediaType

from ticketing.core.errors import InvalidError, flatten
from ticketing.core.schemas import FormText

JSON_BYTES = 1024 * 1024


class Parser(FlaskParser):
    """Reads arguments strictly: a name no schema knows is an error, wherever it is."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {
        "headers": marshmallow.EXCLUDE
    }

    def load_json(self, req: Request, schema: marshmallow.Schema) -> Any:
        """Return the body: JSON, or where the schema has a file, also a form.

        :raises HTTPException: 415 unless declared as such, 400 unless it is such, 413.
        """
        takes_files = getattr(schema, "takes_files", False)
        if takes_files and req.mimetype == "multipart/form-data":
            return _once_each([*_texts(req.form), *_chosen(req.files)])
        if not req.is_json:
            types = "application/json" + " or multipart/form-data" * takes_files
            raise UnsupportedMediaType(f"The body must be {types}.")
        req.max_content_length = JSON_BYTES
        return req.get_json()

    def load_querystring(self, req: Request, schema: marshmallow.Schema) -> Any:
        """Return the query, each parameter given once."""
        return _once_each(_texts(req.args))

    def handle_error(
        self, error: ValidationError, *args: object, **kwargs: object
    ) -> NoReturn:
        """:raises InvalidError: always; webargs keys the messages by location."""
        (messages,) = error.normalized_messages().values()
        raise InvalidError(flatten(messages)) from error


def _texts(values: MultiDict[str, str]) -> list[tuple[str, Any]]:
    return [(name, FormText(value)) for name, value in values.items(multi=True)]


def _chosen(files: MultiDict[str, FileStorage]) -> list[tuple[str, Any]]:
    # A form's file input sends a part without a name when no file was chosen.
    return [(name, file) for name, file in files.items(multi=True) if file.filename]


def _once_each(given: list[tuple[str, Any]]) -> dict[str, Any]:
    names = Counter(name for name, _ in given)
    repeated = [name for name, times in names.items() if times > 1]
    if repeated:
        raise InvalidError({name: ["Given more than once."] for name in repeated})
    return dict(given)
