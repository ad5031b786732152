"""Gathers every word a user sees, and compiles the Vietnamese of it, without GNU gettext.

    python -m config.translations           writes locale/vi/LC_MESSAGES/django.po and .mo
    python -m config.translations --check   changes nothing; names what is wrong and exits 1

The words are English in code and templates. Their Vietnamese comes from the .po itself and from
`locale/parts/*.tsv`: msgid, TAB, msgstr, and where there is one, TAB and the context. `\\n` and
`\\t` are written so. What nobody says any more is dropped.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import django
import yaml
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings

PROJECT = Path(__file__).resolve().parent.parent
ROOMS = ("config", "stations", "alerts", "monitoring")
PO = PROJECT / "locale" / "vi" / "LC_MESSAGES" / "django.po"
PARTS = PROJECT / "locale" / "parts"
UNDATED = datetime(2024, 5, 21, tzinfo=UTC)  # stands in the .mo, the same at every compilation
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# What Django's templatize leaves of a template: calls between blanked-out text.
CALL = re.compile(r"\b(_|n?p?gettext)\((.*?['\"])(?:, count)?\)", re.DOTALL)

NAME = re.compile(r"^name:[ \t]*(.+?)[ \t]*$", re.MULTILINE)

Key = tuple[str, str | None]  # msgid (of the singular), context


def said_in_code() -> Iterator[tuple[str, int, str | tuple[str, ...], str | None]]:
    """File, line, message and context of every call in the rooms' Python."""
    for room in ROOMS:
        for file in sorted((PROJECT / room).rglob("*.py")):
            if "migrations" in file.parts:
                continue
            with file.open("rb") as source:
                for line, message, _comments, context in extract("python", source, KEYWORDS):
                    if message != "":
                        yield str(file.relative_to(PROJECT)), line, message, context


def said_in_templates() -> Iterator[tuple[str, int, str | tuple[str, ...], str | None]]:
    """The same of every template."""
    from django.utils.translation.template import templatize

    folders = [PROJECT / "templates", *(PROJECT / room / "templates" for room in ROOMS)]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    for file in sorted(files):
        name = str(file.relative_to(PROJECT))
        calls = templatize(file.read_text(encoding="utf-8"), origin=name)
        for found in CALL.finditer(calls):
            line = calls.count("\n", 0, found.start()) + 1
            yield name, line, *_of_call(found[1], ast.literal_eval(f"({found[2]},)"))


def said_in_timelines() -> Iterator[tuple[str, str]]:
    """File and name of every timeline: who tries a rule picks one by its name."""
    for file in sorted((PROJECT / "tests" / "timelines").glob("*.yaml")):
        for line in NAME.findall(file.read_text(encoding="utf-8")):
            yield str(file.relative_to(PROJECT)), str(yaml.safe_load(line))


def _of_call(name: str, words: tuple[str, ...]) -> tuple[str | tuple[str, ...], str | None]:
    context = words[0] if "p" in name.removesuffix("gettext") else None
    rest = words[1:] if context is not None else words
    return (rest[0] if len(rest) == 1 else tuple(rest[:2])), context


def known_vietnamese() -> dict[Key, str]:
    """What has been translated: the .po, and over it the parts."""
    known: dict[Key, str] = {}
    if PO.exists():
        with PO.open("rb") as file:
            for message in read_po(file, locale="vi"):
                if message.id and _said(message):
                    known[_key(message)] = _said(message)
    for part in sorted(PARTS.glob("*.tsv")):
        known |= _of_part(part)
    return known


def _of_part(part: Path) -> dict[Key, str]:
    known: dict[Key, str] = {}
    for number, line in enumerate(part.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = [text.replace(r"\n", "\n").replace(r"\t", "\t") for text in line.split("\t")]
        if len(columns) not in (2, 3):
            raise SystemExit(f"{part}:{number}: msgid, TAB, msgstr[, TAB, context] is wanted")
        known[columns[0], columns[2] if len(columns) == 3 else None] = columns[1]
    return known


def _key(message: Message) -> Key:
    return _forms(message)[0], message.context


def _said(message: Message) -> str:
    said = message.string or ""
    return said if isinstance(said, str) else str(said[0] or "")


def gathered() -> Catalog:
    """Everything that is said, with its Vietnamese where there is one."""
    catalog = Catalog(locale="vi", domain="django", fuzzy=False, charset="utf-8")
    for name, _line, said, context in [*said_in_code(), *said_in_templates()]:
        catalog.add(said, locations=[(name, 0)], context=context)
    known = known_vietnamese()
    for name, said in said_in_timelines():
        catalog.add(said, locations=[(name, 0)])
    for message in catalog:
        vietnamese = known.get(_key(message), "") if message.id else ""
        if vietnamese:
            message.string = vietnamese if isinstance(message.id, str) else (vietnamese,)
    return catalog


def as_po(catalog: Catalog) -> bytes:
    """The .po file: sorted, without line numbers and dates, so that a change shows as itself."""
    out = BytesIO()
    write_po(out, catalog, sort_output=True, omit_header=True, width=100, include_lineno=False)
    header = (
        'msgid ""\nmsgstr ""\n"Language: vi\\n"\n"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
    )
    return header.encode() + out.getvalue()


def as_mo(po: bytes) -> bytes:
    """The compiled form of a .po file."""
    catalog = read_po(BytesIO(po), locale="vi", domain="django")
    catalog.mime_headers = [
        ("Language", "vi"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=UTF-8"),
        ("Plural-Forms", "nplurals=1; plural=0;"),
    ]
    catalog.creation_date = UNDATED
    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def complaints(catalog: Catalog) -> Iterator[str]:
    """Each message without Vietnamese, and each whose placeholders differ."""
    for message in catalog:
        if not message.id:
            continue
        where = ", ".join(sorted({name for name, _line in message.locations}))
        said = _said(message)
        if not said:
            yield f"{where}: no Vietnamese for {_key(message)[0]!r}"
        elif _placeholders(said) != _placeholders(*_forms(message)):
            yield f"{where}: other placeholders than in {_key(message)[0]!r}: {said!r}"


def _forms(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


def _placeholders(*texts: str) -> set[str]:
    return {found for text in texts for found in re.findall(r"%\(\w+\)|%s|%d|\{\w*\}", text)}


def check(po: bytes, catalog: Catalog) -> list[str]:
    """Everything that is wrong with what lies in locale/."""
    wrong = list(complaints(catalog))
    mo = PO.with_suffix(".mo")
    if not PO.exists() or PO.read_bytes() != po:
        wrong.append(
            f"{PO.relative_to(PROJECT)} is not what is said: python -m config.translations"
        )
    elif not mo.exists() or mo.read_bytes() != as_mo(po):
        wrong.append(f"{mo.relative_to(PROJECT)} does not match: python -m config.translations")
    return wrong


def main(arguments: list[str]) -> int:
    """Writes, or with --check only looks."""
    if not settings.configured:
        settings.configure(USE_I18N=True)
        django.setup()
    catalog = gathered()
    po = as_po(catalog)
    if "--check" in arguments:
        wrong = check(po, catalog)
        print("\n".join(wrong) or f"{len(catalog)} messages, all in Vietnamese")  # noqa: T201
        return 1 if wrong else 0
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(po)
    PO.with_suffix(".mo").write_bytes(as_mo(po))
    for line in complaints(catalog):
        print(line)  # noqa: T201
    print(f"{PO.relative_to(PROJECT)}: {len(catalog)} messages")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
