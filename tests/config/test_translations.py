"""Every word that is said is found, and what has no Vietnamese is named."""

from __future__ import annotations

import gettext
from io import BytesIO
from pathlib import Path

import pytest

from config import translations

TEMPLATE = """{% load i18n %}
<h1>{% translate "Stations" %}</h1> it's 5% of {{ x }}
{% blocktranslate count n=many %}{{ n }} file{% plural %}{{ n }} files{% endblocktranslate %}
{% translate "Open" context "a door" %}
{% blocktranslate with name=who %}Dear {{ name }}, it's "late"{% endblocktranslate %}
{% include "a.html" with title=_("Today") %}
"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project of one room and one template."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "stations").mkdir()
    (tmp_path / "stations" / "a.py").write_text(
        '_("One")\nngettext("%(n)d hour", "%(n)d hours", 3)\npgettext("state", "Closed")\n'
    )
    (tmp_path / "locale" / "parts").mkdir(parents=True)
    monkeypatch.setattr(translations, "PROJECT", tmp_path)
    monkeypatch.setattr(translations, "PARTS", tmp_path / "locale" / "parts")
    monkeypatch.setattr(translations, "PO", tmp_path / "locale/vi/LC_MESSAGES/django.po")
    return tmp_path


def said(house: Path, *lines: str) -> None:
    (house / "locale" / "parts" / "a.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_words_of_templates_and_code_are_found(house: Path):
    found = {(message.id, message.context) for message in translations.gathered() if message.id}
    assert found == {
        ("Stations", None),
        (("%(n)s file", "%(n)s files"), None),
        ("Open", "a door"),
        ('Dear %(name)s, it\'s "late"', None),
        ("Today", None),
        ("One", None),
        (("%(n)d hour", "%(n)d hours"), None),
        ("Closed", "state"),
    }


def test_what_has_no_vietnamese_is_named_with_its_place(house: Path):
    said(house, "Stations\tTrạm")
    complaints = list(translations.complaints(translations.gathered()))
    assert "stations/a.py: no Vietnamese for 'One'" in complaints
    assert not any("'Stations'" in complaint for complaint in complaints)


def test_other_placeholders_are_named(house: Path):
    said(house, "%(n)d hour\t%(m)d giờ")
    assert any(
        "other placeholders" in line for line in translations.complaints(translations.gathered())
    )


def test_written_words_are_read_again_by_gettext(house: Path):
    said(house, "One\tMột", "%(n)d hour\t%(n)d giờ", "Closed\tĐã kết thúc\tstate")
    assert translations.main([]) == 0
    with translations.PO.with_suffix(".mo").open("rb") as file:
        vietnamese = gettext.GNUTranslations(file)
    assert vietnamese.gettext("One") == "Một"
    assert vietnamese.ngettext("%(n)d hour", "%(n)d hours", 2) == "%(n)d giờ"
    assert vietnamese.pgettext("state", "Closed") == "Đã kết thúc"


def test_what_was_translated_stays_when_its_part_is_gone(house: Path):
    said(house, "One\tMột")
    translations.main([])
    (house / "locale" / "parts" / "a.tsv").unlink()
    translations.main([])
    assert translations.known_vietnamese()["One", None] == "Một"


def test_the_check_fails_until_all_is_said_and_written(house: Path, capsys):
    words = ["One", "Stations", "%(n)s file", 'Dear %(name)s, it\'s "late"', "Today", "%(n)d hour"]
    said(house, *(f"{word}\t{word}" for word in words), "Open\tMở\ta door", "Closed\tXong\tstate")
    assert translations.main(["--check"]) == 1
    assert "is not what is said" in capsys.readouterr().out
    assert translations.main([]) == 0
    assert translations.main(["--check"]) == 0
    translations.PO.with_suffix(".mo").write_bytes(b"")
    assert translations.main(["--check"]) == 1


def test_a_crooked_part_is_named_with_its_line(house: Path):
    said(house, "Stations\tTrạm", "no tab here")
    with pytest.raises(SystemExit, match=r"a\.tsv:2"):
        translations.gathered()


def test_compiling_twice_gives_the_same(house: Path):
    said(house, "One\tMột")
    po = translations.as_po(translations.gathered())
    assert translations.as_mo(po) == translations.as_mo(po)
    assert gettext.GNUTranslations(BytesIO(translations.as_mo(po))).gettext("One") == "Một"
