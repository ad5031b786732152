"""From a file's bytes to its lines: encodings, line ends, and the bytes that spoil a line."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import NamedTuple

WHITE_SPACE = " \t\v\f"
"""White space inside a line is ASCII: a no-break space is text."""

_spoilt = re.compile("[\ud800-\udfff]")
_HALF_A_CHARACTER = "\udc00"
# What `surrogateescape` makes of the bytes that loggers write in cp1252: °, ³, µ.
_CP1252 = {0xDCB0: "°", 0xDCB3: "³", 0xDCB5: "µ"}
_UTF16 = {BOM_UTF16_LE: "utf-16-le", BOM_UTF16_BE: "utf-16-be"}


class Lines(NamedTuple):
    """The lines of a file without their ends."""

    texts: list[str]
    ended: bool
    """Whether the last line has a line end."""


def lines_of(raw: bytes) -> Lines | None:
    """The lines of a file, cut at LF, CRLF and CR and nowhere else; None when it is no text."""
    text = _text_of(raw)
    if text is None:
        return None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[-1]:
        return Lines(lines, ended=False)
    return Lines(lines[:-1], ended=True)


def is_blank(line: str) -> bool:
    """Whether there is nothing but white space."""
    return not line.strip(WHITE_SPACE)


def is_spoilt(line: str) -> bool:
    """Whether a byte of the line belongs to no encoding that is read."""
    return _spoilt.search(line) is not None


def short(text: str, longest: int = 40) -> str:
    """The beginning of a text, fit to be stored and shown."""
    shown = _spoilt.sub("\ufffd", text[:longest])
    return shown if len(text) <= longest else shown[:-1] + "…"


def _text_of(raw: bytes) -> str | None:
    encoding = _UTF16.get(raw[:2])
    if encoding is None and b"\0" in raw:
        return None
    text = _of_utf16(raw[2:], encoding) if encoding else _of_utf8(raw.removeprefix(BOM_UTF8))
    return None if "\0" in text else text


def _of_utf8(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode(errors="surrogateescape").translate(_CP1252)


def _of_utf16(raw: bytes, encoding: str) -> str:
    whole = len(raw) - len(raw) % 2
    text = raw[:whole].decode(encoding, "surrogatepass")
    return text if whole == len(raw) else text + _HALF_A_CHARACTER
