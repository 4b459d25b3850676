"""What a file is: told by its content, never by its name or what the client says."""

import mmap
import re
from pathlib import Path

from ticketing.core.errors import InvalidError

ALLOWED = (
    "Must be a PNG, JPEG, GIF, WebP, PDF, Word, Excel, PowerPoint (Office Open XML), "
    "ZIP or plain text file, whatever its name."
)
# At the very start, and all of it: what is signed further in, or in part only, browsers
# may take for something else. (puremagic 1.30 takes a WAV for a WebP.)
SIGNATURES = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF.{4}WEBPVP8", re.DOTALL),
    "application/pdf": re.compile(rb"%PDF-"),
}
OFFICE = "application/vnd.openxmlformats-officedocument."
OFFICE_PARTS = {
    b"word/document.xml": f"{OFFICE}wordprocessingml.document",
    b"xl/workbook.xml": f"{OFFICE}spreadsheetml.sheet",
    b"ppt/presentation.xml": f"{OFFICE}presentationml.presentation",
}
HEAD = 8192  # bytes
SNIFFED = 1024  # bytes: about as far as browsers look for markup
# Control characters of no text; bytes that WHATWG's MIME sniffing calls binary data.
BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
VISIBLE = re.compile(rb"\S")
# What browsers take for a page at its start; no text has it anywhere near; and any
# other that is one element, from its first character to its last.
MARKUP = re.compile(
    rb"\A<(!--|a|b|p|h[1-6]|br|div|font|title|table|style)(?=[\s/>-])"
    rb"|<(!doctype|\?xml|html|head|body|script|iframe|svg|math|object|img)(?=[\s/>])",
    re.IGNORECASE,
)
OPENING = re.compile(rb"<[a-z!?]", re.IGNORECASE)
ZIP_START, ZIP_EMPTY, ZIP_END = b"PK\x03\x04", b"PK\x05\x06", b"PK\x05\x06"
ZIP_TAIL = 22 + 65_535  # bytes: the end record, and the longest comment after it
BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}


def content_type_of(path: Path) -> str:
    """Return the media type of a file that may be attached; it is not empty.

    It reads names in a ZIP but unpacks nothing, and maps the file, not loads it.

    :raises InvalidError: it is of no kind that may.
    """
    with path.open("rb") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            kind = _kind(content)
    if not kind:
        raise InvalidError({"attachment": [ALLOWED]})
    return kind


def _kind(content: mmap.mmap) -> str:
    head = content[:HEAD]
    if head.startswith((ZIP_START, ZIP_EMPTY)):
        return _kind_of_zip(content)
    signed = _signature(head)
    if signed:
        return signed
    return "text/plain" if _is_text(content) else ""


def _signature(head: bytes) -> str:
    kinds = (kind for kind, start in SIGNATURES.items() if start.match(head))
    return next(kinds, "")


def _kind_of_zip(content: mmap.mmap) -> str:
    if content.rfind(ZIP_END, max(0, len(content) - ZIP_TAIL)) < 0:
        return ""
    if content.find(b"[Content_Types].xml") >= 0:
        for part, kind in OFFICE_PARTS.items():
            if content.find(part) >= 0:
                return kind
    return "application/zip"


def _is_text(content: mmap.mmap) -> bool:
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if content[: len(mark)] == mark:
            try:
                text = content[len(mark) :].decode(encoding).encode()
            except UnicodeDecodeError:
                return False
            return _reads_as_text(text)
    return _reads_as_text(content)


def _reads_as_text(content: bytes | mmap.mmap) -> bool:
    if BINARY.search(content):
        return False
    visible = VISIBLE.search(content)
    start = visible.start() if visible else 0
    if MARKUP.search(content[start : start + SNIFFED]):
        return False
    is_closed = content[-SNIFFED:].rstrip().endswith(b">")
    return not (is_closed and OPENING.match(content[start : start + 2]))
