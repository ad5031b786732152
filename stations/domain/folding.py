"""Words as a hurried reader types them: without accents, without capitals."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """The letters of a text without tones, marks and case: "Đồi Ngô" and "doi ngo" are one."""
    parts = unicodedata.normalize("NFD", text.casefold())
    bare = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return bare.replace("đ", "d")


def found_in(wanted: str, *texts: str) -> bool:
    """Whether each word of `wanted` stands in one of the texts, accents aside."""
    place = " ".join(folded(text) for text in texts)
    return all(word in place for word in folded(wanted).split())
