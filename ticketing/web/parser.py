"""Parse the arguments of a request; refuse unknown and repeated names."""

from collections import Counter
from json import JSONDecodeError
from os import SEEK_END
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import marshmallow
from flask import Request
from marshmallow import ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from ticketing.core.errors import (
    BadRequestError,
    InvalidError,
    TooLargeError,
    UnsupportedMediaTypeError,
    flatten,
)
from ticketing.core.storage import detecting_full_disk
from ticketing.core.text import Translatable, t
from ticketing.web.fields import FormText
from ticketing.web.json import loads
from ticketing.web.schemas import shared

FORM = "multipart/form-data"
JSON = "application/json"
JSON_BYTES = 1024 * 1024
JSON_OR_FORM = t("The body must be application/json or multipart/form-data.")
ESCAPING = "surrogateescape"


class Parser(FlaskParser):
    """webargs' parser for Flask, with forms and our errors."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {
        "headers": marshmallow.EXCLUDE
    }

    def parse(self, argmap: Any, *args: Any, **kwargs: Any) -> Any:
        """Load by the one instance of a schema; webargs would create one each time."""
        return super().parse(shared(argmap), *args, **kwargs)

    def load_json(self, req: Request, schema: Any) -> Any:
        """Return the body: JSON or, where the schema takes files, a form.

        :raises UnsupportedMediaTypeError: it is declared as neither.
        :raises BadRequestError: it is not what it is declared as.
        :raises RequestEntityTooLarge: it exceeds a limit.
        """
        if schema.is_optional and not req.get_data():
            return {}
        if schema.takes_files and req.mimetype == FORM:
            fields = [(n, FormText(v)) for n, v in req.form.items(multi=True)]
            return _unique([*fields, *_chosen(req.files)])
        if not req.is_json:
            message = JSON_OR_FORM if schema.takes_files else None
            raise UnsupportedMediaTypeError(message)
        return body_of(req)

    def load_querystring(self, req: Request, schema: marshmallow.Schema) -> Any:
        """Return the query, each parameter given once.

        What is not UTF-8 becomes half a surrogate pair, which every field refuses;
        Werkzeug would keep it percent-encoded, as if the client had meant that.
        """
        return _urlencoded(req.query_string)

    def load_form(self, req: Request, schema: marshmallow.Schema) -> Any:
        """Return the fields of a urlencoded form, each given once.

        :raises BadRequestError: it is cut short.
        :raises RequestEntityTooLarge: it exceeds ``JSON_BYTES``.
        """
        receive(req)
        return _urlencoded(req.get_data())

    def handle_error(
        self, error: ValidationError, *args: object, **kwargs: object
    ) -> NoReturn:
        """:raises InvalidError: always; webargs keys the messages by location."""
        (messages,) = error.normalized_messages().values()
        raise InvalidError(flatten(messages)) from error


def receive(req: Request, takes_files: bool = False) -> None:
    """Read the whole body, which Flask then keeps.

    :param takes_files: whether a form is parsed.
    :raises BadRequestError: it is cut short, or a form that is malformed or not UTF-8.
    :raises RequestEntityTooLarge: it exceeds a limit.
    :raises StorageFullError: the disk is full.
    """
    if takes_files and req.mimetype == FORM:
        _receive_form(req)
        return
    _receive_bytes(req, JSON_BYTES)


def receive_raw(req: Request, media_type: str, max_bytes: int) -> bytes:
    """Return a body that is neither JSON nor a form, as it was sent.

    :param max_bytes: a whole number of MiB.
    :raises UnsupportedMediaTypeError: it is declared as another media type.
    :raises BadRequestError: it is cut short.
    :raises TooLargeError: it has more than ``max_bytes``.
    """
    if req.mimetype != media_type:
        raise UnsupportedMediaTypeError(
            t("The body must be {media_type}.", media_type=media_type)
        )
    try:
        return _receive_bytes(req, max_bytes)
    except RequestEntityTooLarge as error:
        raise TooLargeError(t("At most {most} MiB.", most=max_bytes >> 20)) from error


def _receive_bytes(req: Request, max_bytes: int) -> bytes:
    req.max_content_length = max_bytes + 1  # one more shows whether it goes on
    received = req.get_data()
    if len(received) > max_bytes:
        raise RequestEntityTooLarge
    # Servers hand over what has arrived when a client hangs up.
    if len(received) < (req.content_length or 0):
        raise BadRequestError(t("The body is cut short."))
    return received


def body_of(req: Request) -> Any:
    """Return the value of a JSON body.

    :raises BadRequestError: it is not JSON.
    :raises RequestEntityTooLarge: it exceeds ``JSON_BYTES``.
    """
    receive(req)
    try:
        return loads(req.get_data())
    except UnicodeDecodeError as error:
        raise BadRequestError(t("The body is not UTF-8.")) from error
    except ValueError as error:
        raise BadRequestError(
            t("The body is not JSON: {reason}.", reason=_reason(error))
        ) from error


def _reason(error: ValueError) -> Translatable:
    """Return why a text is not JSON; Python would say so in English only."""
    (reason, *_) = error.args
    if isinstance(error, JSONDecodeError):
        return t("line {line}, column {column}", line=error.lineno, column=error.colno)
    # Python refuses to read integers of thousands of digits.
    return reason if isinstance(reason, Translatable) else t("a number is too long")


def _receive_form(req: Request) -> None:
    try:
        with detecting_full_disk():  # Werkzeug writes large files to a temporary one
            req.files
    except ValueError as error:
        message = t("The form is malformed, cut short or not UTF-8.")
        raise BadRequestError(message) from error


def _chosen(files: MultiDict[str, FileStorage]) -> list[tuple[str, Any]]:
    # A form's file input sends a part without a name when no file was chosen.
    return [
        (name, file)
        for name, file in files.items(multi=True)
        if file.filename or file.stream.seek(0, SEEK_END)
    ]


def _urlencoded(given: bytes) -> dict[str, Any]:
    text = given.decode(errors=ESCAPING)
    pairs = parse_qsl(text, keep_blank_values=True, errors=ESCAPING)
    return _unique([(name, FormText(value)) for name, value in pairs])


def _unique(given: list[tuple[str, Any]]) -> dict[str, Any]:
    names = Counter(name for name, _ in given)
    repeated = [name for name, times in names.items() if times > 1]
    if repeated:
        raise InvalidError({name: [t("Given more than once.")] for name in repeated})
    return dict(given)
