"""An edition of a regulation and its numbers, entered by an officer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from stations.models import Edition, EditionLimit, Parameter, Person, Provenance, Regulation
from stations.services.edition_files import Cell, EditionFile
from stations.services.rule_changes.papers import Paper
from stations.services.rule_changes.permits import NOT_CONFIRMED
from stations.services.rule_changes.placing import CannotStand, change_by, place, take_out

NUMBERS = ("period", "min_capture", "grace_minutes", "reference_oxygen", "factors")
"""What an edition says that changes how periods are judged."""


def keep_edition(
    *,
    regulation: str,
    title: str,
    values: Mapping[str, Any],
    by: Person,
    edition: Edition | None = None,
) -> Edition:
    """A new edition, or another description of `edition`. Raises CannotStand."""
    columns = values["columns"]
    if not columns or len(set(columns)) != len(columns):
        raise CannotStand(_("An edition has at least one column, each once."), field="columns")
    with change_by(by):
        law, made = Regulation.objects.get_or_create(code=regulation, defaults={"title": title})
        if not made and title and law.title != title:
            law.title = title
            law.save(update_fields=["title"])
        if edition is None:
            _refuse_a_known_code(values["code"])
            return Edition.objects.create(**values, regulation=law, provenance=Provenance.OFFICER)
        _refuse_to_lose_columns(edition, columns)
        told = {**values, "regulation": law}
        changed = [name for name, value in told.items() if getattr(edition, name) != value]
        if set(changed) & set(NUMBERS):
            told["provenance"] = Provenance.OFFICER
            changed.append("provenance")
        for name in changed:
            setattr(edition, name, told[name])
        if changed:
            edition.save(update_fields=changed)
    return edition


def _refuse_a_known_code(code: str) -> None:
    if Edition.objects.filter(code=code).exists():
        raise CannotStand(_("An edition of this code is there already."), field="code")


def _refuse_to_lose_columns(edition: Edition, columns: list[str]) -> None:
    used = set(edition.limits.values_list("column", flat=True))
    if lost := sorted(used - set(columns)):
        message = _("There are numbers in these columns: %s") % ", ".join(lost)
        raise CannotStand(message, field="columns")


def put_limit(
    *,
    edition: Edition,
    parameter: Parameter,
    column: str,
    source_type: str,
    period: str,
    minimum: Decimal | None,
    maximum: Decimal | None,
    takes_factors: bool,
    since: date | None,
    until: date | None,
    note: str,
    paper: Paper,
    by: Person,
    row: EditionLimit | None = None,
) -> EditionLimit:
    """One number from a day on, or another for `row`; it waits to be confirmed."""
    if column not in edition.columns:
        told = {"code": edition.code, "known": ", ".join(edition.columns)}
        raise CannotStand(_("the columns of %(code)s are: %(known)s") % told, field="column")
    if minimum is None and maximum is None:
        message = _("A limit needs a maximum, a minimum, or both.")
        raise CannotStand(message, field="maximum")
    if minimum is not None and maximum is not None and minimum > maximum:
        raise CannotStand(_("The minimum lies above the maximum."), field="minimum")
    one = {
        "edition": edition,
        "parameter": parameter,
        "column": column,
        "source_type": source_type,
        "period": period,
    }
    columns = {
        **one,
        "minimum": minimum,
        "maximum": maximum,
        "takes_factors": takes_factors,
        "note": note,
        "provenance": Provenance.OFFICER,
        **NOT_CONFIRMED,
    }
    with change_by(by):
        return place(
            EditionLimit.objects.filter(**one),
            since=since,
            until=until,
            columns=columns,
            row=row,
            paper=paper,
        )


def take_out_limit(*, limit: EditionLimit, reason: str, by: Person) -> None:
    """A number that the edition does not have."""
    if not reason:
        raise CannotStand(_("Say why it is taken out."), field="reason")
    with change_by(by):
        take_out(limit, reason=reason)


def load_edition(*, told: EditionFile, paper: Paper, by: Person) -> Edition:
    """An edition as a file tells it, whole: numbers that the file does not have stay.

    The same edition is completed and corrected. A number that the file repeats unchanged keeps its
    provenance and its confirmation; another one is an officer's, and waits to be confirmed.
    """
    with change_by(by):
        edition = keep_edition(
            regulation=told.regulation,
            title=told.title,
            values=told.values | _document(paper),
            by=by,
            edition=Edition.objects.filter(code=told.code).first(),
        )
        parameters = {row.symbol: row for row in Parameter.objects.all()}
        for cell in sorted(told.cells, key=lambda cell: cell.since or date.min):
            _put_cell(edition, parameters[cell.parameter], cell, paper, by)
    return edition


def _document(paper: Paper) -> dict[str, Any]:
    return {} if paper.document is None else {"document": paper.document}


def _put_cell(edition: Edition, parameter: Parameter, cell: Cell, paper: Paper, by: Person) -> None:
    row = edition.limits.filter(
        parameter=parameter,
        column=cell.column,
        source_type=cell.source_type,
        period=cell.period,
        valid_from=cell.since,
    ).first()
    said = (cell.minimum, cell.maximum, cell.takes_factors, cell.note)
    if (
        row is not None
        and said == (row.minimum, row.maximum, row.takes_factors, row.note)
        and cell.until in (None, row.valid_until)
    ):
        return
    put_limit(
        edition=edition,
        parameter=parameter,
        column=cell.column,
        source_type=cell.source_type,
        period=cell.period,
        minimum=cell.minimum,
        maximum=cell.maximum,
        takes_factors=cell.takes_factors,
        since=cell.since,
        until=cell.until,
        note=cell.note,
        paper=paper,
        by=by,
        row=row,
    )
