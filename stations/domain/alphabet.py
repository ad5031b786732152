"""The order of the Vietnamese alphabet."""

from __future__ import annotations

import unicodedata

# 29 letters and the four that only foreign names use, in dictionary order.
_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_RANK = {
    letter: chr(0x61 + i) if i < 26 else "z" + chr(0x61 + i - 26)
    for i, letter in enumerate(_LETTERS)
}


def sort_key(text: str) -> str:
    """A string that sorts by code point as `text` sorts in Vietnamese.

    Letters first, in the order a ă â b c d đ …; tones decide only between equal letters
    (no tone, huyền, hỏi, ngã, sắc, nặng); numbers sort by value.
    """
    letters: list[str] = []
    tones: list[str] = []
    number = ""
    for character in unicodedata.normalize("NFC", text.casefold()):
        if character.isascii() and character.isdigit():
            number += character
            continue
        if number:
            letters.append(_number_key(number))
            number = ""
        letter, tone = _without_tone(character)
        letters.append(_RANK.get(letter, letter))
        tones.append(str(tone))
    if number:
        letters.append(_number_key(number))
    return "".join(letters) + " " + "".join(tones)


def _number_key(digits: str) -> str:
    plain = digits.lstrip("0") or "0"
    return f"0{len(plain):02d}{plain}"


def _without_tone(character: str) -> tuple[str, int]:
    parts = unicodedata.normalize("NFD", character)
    tone = next((_TONES[mark] for mark in parts if mark in _TONES), 0)
    bare = "".join(mark for mark in parts if mark not in _TONES)
    return unicodedata.normalize("NFC", bare), tone
