"""Turn the HTML of a mail into text.

Python's ``html.parser`` (3.11) takes 12 s for 20 KB of ``<a <a <a …``. A mail needs
neither attributes nor entities in them, so each tag is found by one expression here,
none of whose parts goes back over what it has read.
"""

import re
from dataclasses import dataclass, field
from html import unescape

MAX_LENGTH = 200_000  # of the HTML, in characters

HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|head|title|template)\b.*?(?:</\1\b[^<>]*+>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
TOKEN = re.compile(
    r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)[^<>]*+>|<[!?/][^<>]*+>|([^<]++|<)"
)
QUOTE = "blockquote"
PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "pre"}
LINES = {"div", "tr", "li", "hr", "dt", "dd", "section", "article", QUOTE}
BLOCKS = PARAGRAPHS | LINES
CELLS = {"td", "th"}


@dataclass
class _Line:
    """A line of the text."""

    pieces: list[str] = field(default_factory=list)
    is_filled: bool = False
    is_quoted: bool = False

    def add(self, text: str) -> None:
        """Add a text at the end."""
        self.pieces.append(text)
        self.is_filled = self.is_filled or not text.isspace()

    def __str__(self) -> str:
        """Return it, marked if it is quoted."""
        text = re.sub("  +", " ", "".join(self.pieces)).strip()
        return f"> {text}" if self.is_quoted else text


def text_of(html: str) -> str:
    """Return the text of an HTML document; lines of a quotation begin with ``>``."""
    visible = HIDDEN.sub("", html[:MAX_LENGTH])
    lines, depth = [_Line()], 0
    for slash, tag, text in TOKEN.findall(visible):
        name = tag.lower()
        if text:
            lines[-1].add(re.sub(r"\s+", " ", unescape(text)))
            continue
        if name == QUOTE:
            depth = max(0, depth - 1 if slash else depth + 1)
        if name == "br" or (name in BLOCKS and lines[-1].is_filled):
            lines.append(_Line())
        if name in PARAGRAPHS:
            lines.append(_Line())
        if name in CELLS:
            lines[-1].add(" ")
        if name == "li" and not slash:
            lines[-1].add("- ")
        lines[-1].is_quoted = depth > 0
    return re.sub(r"\n{3,}", "\n\n", "\n".join(map(str, lines))).strip()
