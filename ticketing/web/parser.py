"""What requests say, read strictly: nothing unknown, nothing twice."""

from collections import Counter
from os import SEEK_END
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

import marshmallow
from flask import Request
from marshmallow import ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from ticketing.core.errors import (
    BadRequestError,
    InvalidError,
    UnsupportedMediaTypeError,
    flatten,
)
from ticketing.web.fields import FormText
from ticketing.web.schemas import shared
from ticketing.core.storage import on_disk
from ticketing.web.json import loads

FORM = "multipart/form-data"
JSON = "application/json"
JSON_BYTES = 1024 * 1024


class Parser(FlaskParser):
    """Reads arguments strictly: a name no schema knows is an error, wherever it is."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {
        "headers": marshmallow.EXCLUDE
    }

    def parse(self, argmap: Any, *args: Any, **kwargs: Any) -> Any:
        """Return what a schema makes of them; it is not made anew for each request."""
        return super().parse(shared(argmap), *args, **kwargs)

    def load_json(self, req: Request, schema: marshmallow.Schema) -> Any:
        """Return the body: JSON, or where the schema has a file, also a form.

        :raises UnsupportedMediaTypeError: it is declared as neither.
        :raises BadRequestError: it is not what it is declared as.
        :raises RequestEntityTooLarge: it exceeds what is accepted.
        """
        takes_files = getattr(schema, "takes_files", False)
        if takes_files and req.mimetype == FORM:
            return _once_each([*_texts(req.form), *_chosen(req.files)])
        if not req.is_json:
            types = JSON + f" or {FORM}" * takes_files
            raise UnsupportedMediaTypeError(f"The body must be {types}.")
        return body_of(req)

    def load_querystring(self, req: Request, schema: marshmallow.Schema) -> Any:
        """Return the query, each parameter given once, in UTF-8."""
        garbled = {
            name.decode(errors="replace"): ["Must be UTF-8."]
            for name, _, value in (
                p.partition(b"=") for p in req.query_string.split(b"&")
            )
            if not _is_utf_8(unquote_to_bytes(value))
        }
        if garbled:
            raise InvalidError(garbled)
        return _once_each(_texts(req.args))

    def handle_error(
        self, error: ValidationError, *args: object, **kwargs: object
    ) -> NoReturn:
        """:raises InvalidError: always; webargs keys the messages by location."""
        (messages,) = error.normalized_messages().values()
        raise InvalidError(flatten(messages)) from error


def receive(req: Request, takes_files: bool = False) -> None:
    """Wait for the whole body, before anything is looked up that waiting would hold.

    :param takes_files: whether it may be a form; any other is read as it is.
    :raises BadRequestError: it is cut short, or a form that is malformed or not UTF-8.
    :raises RequestEntityTooLarge: it exceeds what is accepted.
    :raises StorageFullError: there is no room for it.
    """
    if not (takes_files and req.mimetype == FORM):
        req.max_content_length = JSON_BYTES + 1  # one more: does it end there?
        received = len(req.get_data())
        if received > JSON_BYTES:
            raise RequestEntityTooLarge
        if received < (req.content_length or 0):  # whole or not, servers hand it over
            raise BadRequestError("The body is cut short.")
        return
    try:
        with on_disk():  # what is large is written there while it arrives
            req.files
    except ValueError as error:
        message = "The form is malformed, cut short or not UTF-8."
        raise BadRequestError(message) from error


def body_of(req: Request) -> Any:
    """Return what the body says in JSON.

    :raises BadRequestError: it is no JSON.
    :raises RequestEntityTooLarge: it exceeds ``JSON_BYTES``.
    """
    receive(req)
    try:
        return loads(req.get_data())
    except UnicodeDecodeError as error:
        raise BadRequestError("The body is not UTF-8.") from error
    except ValueError as error:
        raise BadRequestError(f"The body is not JSON: {error}.") from error


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _texts(values: MultiDict[str, str]) -> list[tuple[str, Any]]:
    return [(name, FormText(value)) for name, value in values.items(multi=True)]


def _chosen(files: MultiDict[str, FileStorage]) -> list[tuple[str, Any]]:
    # A form's file input sends a part without a name when no file was chosen.
    return [
        (name, file)
        for name, file in files.items(multi=True)
        if file.filename or file.stream.seek(0, SEEK_END)
    ]


def _once_each(given: list[tuple[str, Any]]) -> dict[str, Any]:
    names = Counter(name for name, _ in given)
    repeated = [name for name, times in names.items() if times > 1]
    if repeated:
        raise InvalidError({name: ["Given more than once."] for name in repeated})
    return dict(given)
