"""Limit the size of requests, and parse JSON and multipart forms strictly.

A form that is malformed, cut short or not UTF-8 is an error.
"""

import codecs
import re
import time
from contextlib import ExitStack
from typing import IO, Any

from flask import Flask, Request
from werkzeug.datastructures import FileStorage, Headers, MultiDict
from werkzeug.formparser import FormDataParser, MultiPartParser
from werkzeug.http import parse_options_header

from ticketing.web.json import StrictJSON

ATTACHMENT_BYTES = 10 * 1024 * 1024
FORM_BYTES = 1024 * 1024  # of a form, beside its file
STRICT_UTF_8 = "strict_utf_8"


def _decode(data: Any, errors: str = "strict", /) -> tuple[str, int]:
    return bytes(data).decode("utf-8"), len(data)


# Werkzeug decodes with ``errors="replace"``; this codec raises all the same.
_codec = codecs.CodecInfo(codecs.utf_8_encode, _decode, name=STRICT_UTF_8)
codecs.register(lambda name: _codec if name == STRICT_UTF_8 else None)

# In a quoted string: an escaped quote or backslash, or a backslash of its own.
BACKSLASH = re.compile(r'(\\["\\])|\\')


class YieldingStream:
    """A stream that lets other greenlets run before each read.

    An event loop would serve nobody else while data arrives faster than it is read.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """Return at most ``size`` bytes."""
        time.sleep(0)
        return self._stream.read(size)


class StrictMultiPartParser(MultiPartParser):
    """A parser of parts whose text is UTF-8, whatever they declare.

    Browsers send backslashes as they are (WHATWG, multipart/form-data encoding), so
    that ``C:\\new\\a.txt`` has two. Werkzeug 3.1 drops each as if it were an escape.
    """

    def parse(
        self, stream: IO[bytes], boundary: bytes, content_length: int | None
    ) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
        """Return the fields and the files of a form."""
        fields, files = super().parse(stream, boundary, content_length)
        for _, file in files.items(multi=True):
            file.filename = file_name_in(file.headers["Content-Disposition"])
        return fields, files

    def get_part_charset(self, headers: Headers) -> str:
        """Return the one encoding."""
        return STRICT_UTF_8


def file_name_in(disposition: str) -> str:
    """Return the file name in a ``Content-Disposition`` that has one.

    Only quotes and backslashes can be escaped, as curl does.
    """
    escaped = BACKSLASH.sub(lambda found: found[1] or "\\\\", disposition)
    return parse_options_header(escaped)[1]["filename"]


class StrictFormDataParser(FormDataParser):
    """A parser of multipart forms that raises ``ValueError`` for a malformed one.

    Its files are closed then, as Flask closes those of a request.
    """

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> Any:
        """Return the stream, the fields and the files."""
        boundary = (options or {}).get("boundary", "").encode("ascii")
        if not boundary:
            raise ValueError("the form has no boundary")
        with ExitStack() as files:

            def open_file(*args: Any, **kwargs: Any) -> IO[bytes]:
                file = self.stream_factory(*args, **kwargs)
                files.callback(file.close)
                return file

            parser = StrictMultiPartParser(
                stream_factory=open_file,
                max_form_memory_size=self.max_form_memory_size,
                max_form_parts=self.max_form_parts,
                cls=self.cls,
            )
            yielding: Any = YieldingStream(stream)
            form = parser.parse(yielding, boundary, content_length)
            files.pop_all()
        return stream, *form


class StrictRequest(Request):
    """A request whose forms are read strictly."""

    form_data_parser_class = StrictFormDataParser


def init_app(app: Flask) -> None:
    """Set the parsers and the limits; there are no cookies, so no secret signs them."""
    app.json = StrictJSON(app)
    app.request_class = StrictRequest
    app.config.setdefault("ATTACHMENT_BYTES", ATTACHMENT_BYTES)
    app.config["MAX_CONTENT_LENGTH"] = app.config["ATTACHMENT_BYTES"] + FORM_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = FORM_BYTES
    app.config["SECRET_KEY"] = None
