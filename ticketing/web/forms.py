"""Forms, read strictly: what is malformed, cut short or not UTF-8 is an error."""

import codecs
import time
from contextlib import ExitStack
from typing import IO, Any

from flask import Request
from werkzeug.datastructures import Headers
from werkzeug.formparser import FormDataParser, MultiPartParser

# Werkzeug replaces what it cannot decode; this codec does not have it replaced.
STRICT_UTF_8 = "strict_utf_8"


def _decode(data: Any, errors: str = "strict", /) -> tuple[str, int]:
    return bytes(data).decode("utf-8"), len(data)


_codec = codecs.CodecInfo(codecs.utf_8_encode, _decode, name=STRICT_UTF_8)
codecs.register(lambda name: _codec if name == STRICT_UTF_8 else None)


class Yielding:
    """A stream that lets others have a turn before each read.

    On a loop that all share, whoever's data is always there would never wait for it.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """Return what comes next."""
        time.sleep(0)
        return self._stream.read(size)


class StrictParts(MultiPartParser):
    """Parts whose text is UTF-8, whatever they declare."""

    def get_part_charset(self, headers: Headers) -> str:
        """Return the one encoding."""
        return STRICT_UTF_8


class StrictForm(FormDataParser):
    """A multipart form; reading it raises ``ValueError`` if it is none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.silent = False

    def _parse_multipart(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str],
    ) -> Any:
        boundary = options.get("boundary", "").encode("ascii")
        if not boundary:
            raise ValueError("it has no boundary")
        with ExitStack() as opened:
            yielding: Any = Yielding(stream)  # it is only ever read
            found = self._parser(opened).parse(yielding, boundary, content_length)
            opened.pop_all()
        return stream, *found

    def _parser(self, opened: ExitStack) -> StrictParts:
        """Return one whose files are closed with ``opened``."""

        def open_part(*args: Any, **kwargs: Any) -> IO[bytes]:
            file = self.stream_factory(*args, **kwargs)
            opened.callback(file.close)
            return file

        return StrictParts(
            stream_factory=open_part,
            max_form_memory_size=self.max_form_memory_size,
            max_form_parts=self.max_form_parts,
            cls=self.cls,
        )


class StrictRequest(Request):
    """A request whose forms are read strictly."""

    form_data_parser_class = StrictForm
