"""Find what is new in the text of a reply: neither quoted nor a signature.

How mail programs introduce quotations and signatures, in several languages, is known to
``mail-parser-reply``. Its expressions take time that grows with the square of the
length of a line and of a run of empty lines (20 s for 20 KB), and without marks it
takes what follows a quotation for quoted, too. So they only find the lines here: in an
outline of the text, whose lines are short.
"""

import re

from mailparser_reply import EmailMessage

MAX_LENGTH = 20_000  # of what is examined, in characters; quotations are not counted
MAX_OUTLINE_WIDTH = 200  # characters of a line
LANGUAGES = [
    *("en", "de", "es", "fr", "it", "nl", "pl", "sv", "da", "cs", "ja", "ko", "zh"),
]

_known = EmailMessage("", LANGUAGES, keep_hyphen_lists=True)
INTRODUCTION = _known.HEADER_REGEX
SIGNATURE = _known.SIGNATURE_REGEX

QUOTED = ">"
RULE = re.compile(r"[-_*]{5,}.*")  # a line above an introduction
# A phrase with a comma begins a signature only if no sentence follows it: "Thanks, it
# works now." is none.
MAX_SENTENCES = 10
SENTENCE = re.compile(r"[^,\n]*, *\S+ +\S+ +\S+")


def new_text(text: str) -> str:
    """Return a text without what it quotes, and without its signature."""
    lines = _without_quotations(_condensed(text.splitlines()))
    text = "\n".join(_without_signature(lines))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _condensed(given: list[str]) -> list[str]:
    """Reduce each quotation to a line ``>``, and empty lines to one."""
    lines: list[str] = []
    length = 0
    for line in given:
        line = QUOTED if line.lstrip().startswith(QUOTED) else line.rstrip()
        if line in ("", QUOTED) and lines and lines[-1] == line:
            continue
        lines.append(line[: MAX_LENGTH - length])
        length += len(line) + 1
        if length >= MAX_LENGTH:
            break
    return lines


def _without_quotations(lines: list[str]) -> list[str]:
    """Remove quotations with what introduces them.

    One without marks goes to the end of the text.
    """
    kept: list[str] = []
    position = 0
    outline = _outline(lines)
    for found in INTRODUCTION.finditer(outline):
        if not found[0].strip():
            continue
        begin = _line_at(outline, found.end() - len(found[0].lstrip()))
        end = _line_at(outline, found.start() + len(found[0].rstrip())) + 1
        if begin < position:
            continue
        kept += lines[position:begin]
        if QUOTED not in lines[begin : end + 2]:
            return _without_marks(_without_rules(kept))
        position = end
    return _without_marks(kept + lines[position:])


def _without_rules(lines: list[str]) -> list[str]:
    """Remove empty lines and rules from the end."""
    kept = list(lines)
    while kept and (not kept[-1] or RULE.fullmatch(kept[-1])):
        kept.pop()
    return kept


def _without_marks(lines: list[str]) -> list[str]:
    """Remove the marks of quotations, and introductions in unknown languages.

    Such a one is a line with an address that ends with a colon.
    """
    kept: list[str] = []
    for line in lines:
        if line == QUOTED:
            kept = _without_rules(kept)
            if kept and "@" in kept[-1] and kept[-1].endswith((":", "：")):
                kept.pop()
                if kept and kept[-1].endswith("<"):  # the address did not fit there
                    kept.pop()
            kept.append("")
        else:
            kept.append(line)
    return kept


def _without_signature(lines: list[str]) -> list[str]:
    outline = _outline(lines)
    position = 0
    for _ in range(MAX_SENTENCES):
        found = SIGNATURE.search(outline, position)
        if found is None:
            break
        signature = found[0].lstrip()
        begin = found.end() - len(signature)
        if not SENTENCE.match(signature):
            return lines[: _line_at(outline, begin)]
        position = begin + len(signature.partition("\n")[0])
    return lines


def _outline(lines: list[str]) -> str:
    return "\n".join(line.strip()[:MAX_OUTLINE_WIDTH] for line in lines)


def _line_at(outline: str, position: int) -> int:
    return outline.count("\n", 0, position)
