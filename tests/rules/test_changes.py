"""What an officer changes about the rules: histories stay clean, refusals are sentences."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from stations.models import (
    Document,
    Edition,
    EditionLimit,
    Facility,
    JudgedBy,
    Parameter,
    Permit,
    PermitLimit,
    Person,
)
from stations.services.documents import documents_for
from stations.services.edition_files import as_workbook, as_yaml, file_of, read_edition
from stations.services.history import changes_of
from stations.services.limit_changes import limit_changes
from stations.services.limits import RuleBook
from stations.services.register_load import RegisterRefused
from stations.services.rule_changes import (
    KINDS,
    CannotStand,
    Paper,
    PrintedLimit,
    change_basis,
    confirm_permit,
    confirm_rule,
    keep_document,
    keep_permit,
    load_edition,
    put_limit,
    rehearse,
    take_out_limit,
)
from tests.factories import ChannelFactory, FacilityFactory, PersonFactory, StationFactory

pytestmark = pytest.mark.django_db
FLOW = KINDS["design_flow"]
WHY = Paper(None, "theo văn bản")


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def by() -> Person:
    return PersonFactory(username="can.bo", name="Cán bộ")


@pytest.fixture
def facility() -> Facility:
    return FacilityFactory()


def flow(facility: Facility, by: Person, value: int, since: date, until: date | None = None, **row):
    return change_basis(
        kind=FLOW,
        owner=facility,
        values={"m3_per_day": Decimal(value)},
        since=since,
        until=until,
        paper=WHY,
        by=by,
        **row,
    )


def spans(facility: Facility) -> list[tuple[int, date | None, date | None]]:
    rows = facility.designflows.order_by("valid_from")
    return [(int(row.m3_per_day), row.valid_from, row.valid_until) for row in rows]


class TestHistories:
    def test_a_later_value_ends_the_earlier_the_day_before(self, facility, by):
        flow(facility, by, 500, date(2024, 1, 1))
        flow(facility, by, 900, date(2025, 3, 1))
        assert spans(facility) == [
            (500, date(2024, 1, 1), date(2025, 2, 28)),
            (900, date(2025, 3, 1), None),
        ]

    def test_an_earlier_value_ends_the_day_before_the_later(self, facility, by):
        flow(facility, by, 900, date(2025, 3, 1))
        flow(facility, by, 500, date(2024, 1, 1))
        assert spans(facility)[0] == (500, date(2024, 1, 1), date(2025, 2, 28))

    def test_one_between_two_takes_its_place(self, facility, by):
        flow(facility, by, 500, date(2024, 1, 1))
        flow(facility, by, 900, date(2026, 1, 1))
        flow(facility, by, 700, date(2025, 1, 1), date(2025, 6, 30))
        assert spans(facility) == [
            (500, date(2024, 1, 1), date(2024, 12, 31)),
            (700, date(2025, 1, 1), date(2025, 6, 30)),
            (900, date(2026, 1, 1), None),
        ]

    @pytest.mark.parametrize(
        ("since", "until", "field"),
        [
            (date(2025, 3, 1), None, "since"),
            (date(2024, 1, 1), date(2025, 3, 1), "until"),
            (date(2024, 1, 2), date(2024, 1, 1), "until"),
        ],
    )
    def test_what_cannot_stand_is_a_sentence(self, facility, by, since, until, field):
        flow(facility, by, 900, date(2025, 3, 1))
        with pytest.raises(CannotStand) as refusal:
            flow(facility, by, 500, since, until)
        assert refusal.value.field == field
        assert str(refusal.value).endswith((".", "instead."))
        assert spans(facility) == [(900, date(2025, 3, 1), None)]

    def test_the_last_day_before_the_next_is_taken(self, facility, by):
        flow(facility, by, 900, date(2025, 3, 1))
        flow(facility, by, 500, date(2024, 1, 1), date(2025, 2, 28))
        assert len(spans(facility)) == 2

    def test_a_row_is_corrected_in_its_place(self, facility, by):
        row = flow(facility, by, 900, date(2025, 3, 1))
        flow(facility, by, 950, date(2025, 4, 1), row=row)
        assert spans(facility) == [(950, date(2025, 4, 1), None)]

    def test_the_database_refuses_in_words_too(self, facility, by):
        row = flow(facility, by, 900, date(2025, 3, 1))
        with pytest.raises(CannotStand, match="needs a maximum, a minimum"):
            put_limit(
                edition=Edition.objects.get(code="QCVN 40:2025/BTNMT"),
                parameter=Parameter.objects.get(symbol="COD"),
                column="A",
                source_type="",
                period="day",
                minimum=None,
                maximum=None,
                takes_factors=False,
                since=None,
                until=None,
                note="",
                paper=WHY,
                by=by,
            )
        assert row.pk

    def test_history_names_the_person(self, facility, by):
        flow(facility, by, 900, date(2025, 3, 1))
        told = changes_of(facility, [(FLOW.model, "facility")])
        assert told[0].who == "Cán bộ"

    def test_history_tells_the_hour_of_vietnam(self, plant, by):
        station = plant[0]
        rule = JudgedBy.objects.get(station=station)
        confirm_rule(rule=rule, document=keep_document(number="GPMT 1", by=by), by=by)
        rule.refresh_from_db()
        told = changes_of(station, [(JudgedBy, "station")])[0]
        here = timezone.localtime(rule.confirmed_at)
        assert f"{here:%d/%m/%Y %H:%M}" in {field.after for field in told.fields}

    def test_a_station_is_judged_by_an_edition_of_its_own_medium(self, by):
        station = StationFactory()
        with pytest.raises(CannotStand, match="is about") as refusal:
            change_basis(
                kind=KINDS["judged_by"],
                owner=station,
                values={"edition": Edition.objects.get(code="QCVN 19:2024/BTNMT"), "column": "A"},
                since=date(2025, 1, 1),
                until=None,
                paper=WHY,
                by=by,
            )
        assert refusal.value.field == "edition"


class TestRehearsals:
    def test_nothing_of_a_rehearsal_stays(self, facility, by):
        seen = rehearse(lambda: flow(facility, by, 900, date(2025, 3, 1)), lambda: spans(facility))
        assert seen == [(900, date(2025, 3, 1), None)]
        assert spans(facility) == []

    def test_it_refuses_as_the_change_does(self, facility, by):
        flow(facility, by, 900, date(2025, 3, 1))
        with pytest.raises(CannotStand):
            rehearse(lambda: flow(facility, by, 1, date(2025, 3, 1)), lambda: None)
        assert len(spans(facility)) == 1


@pytest.fixture
def plant(by):
    """A station judged by QCVN 40:2011 A at a river of 120 m³/s, with COD and pH."""
    station = StationFactory()
    facility = station.facility
    edition = Edition.objects.get(code="QCVN 40:2011/BTNMT")
    JudgedBy.objects.create(
        station=station, edition=edition, column="A", valid_from=date(2020, 1, 1)
    )
    facility.receivingwaters.create(kind="river", flow_m3_per_s=120)
    flow(facility, by, 7000, date(2020, 1, 1))
    return station, ChannelFactory(station=station), ChannelFactory(station=station, symbol="pH")


class TestWhichLimitsChange:
    def test_a_smaller_flow_gives_another_factor_from_its_day(self, plant, by):
        station, cod, _ph = plant
        before = RuleBook.load([station.pk])
        flow(station.facility, by, 4000, date(2025, 3, 1))
        changes = limit_changes(before, RuleBook.load([station.pk]), [station.pk])
        assert [
            (one.symbol, one.before.maximum, one.after.maximum, one.since, one.until)
            for one in changes
        ] == [("COD", Decimal("67.5"), Decimal("75"), date(2025, 3, 1), None)]
        assert changes[0].slot == cod.slot
        assert changes[0].in_numbers

    def test_a_confirmation_is_a_change_without_numbers(self, plant, by):
        station = plant[0]
        before = RuleBook.load([station.pk])
        paper = keep_document(number="GPMT 1", by=by)
        confirm_rule(rule=JudgedBy.objects.get(station=station), document=paper, by=by)
        changes = limit_changes(before, RuleBook.load([station.pk]), [station.pk])
        assert {one.symbol for one in changes} == {"COD", "pH"}
        assert not any(one.in_numbers for one in changes)
        assert {one.after.confirmed for one in changes} == {"GPMT 1"}
        assert {one.before.confirmed for one in changes} == {None}

    def test_no_change_is_no_change(self, plant, by):
        station = plant[0]
        book = RuleBook.load([station.pk])
        assert limit_changes(book, RuleBook.load([station.pk]), [station.pk]) == []


def printed(channel, maximum, **more) -> PrintedLimit:
    top = None if maximum is None else Decimal(maximum)
    return PrintedLimit(channel=channel, period="day", maximum=top, minimum=None, **more)


def permit_of(facility, by, number="GPMT 1", since=date(2024, 1, 1), limits=(), **more) -> Permit:
    values = {
        "number": number,
        "edition": None,
        "column": "",
        "kq": Decimal(1),
        "kf": Decimal("0.9"),
        "flow_m3_per_day": None,
    }
    return keep_permit(
        facility=facility,
        values=values,
        since=since,
        until=None,
        limits=limits,
        paper=WHY,
        by=by,
        **more,
    )


class TestPermits:
    def test_its_limits_bear_its_days_and_its_number(self, plant, by):
        station, cod, _ph = plant
        permit = permit_of(station.facility, by, limits=[printed(cod, 60, printed_c=Decimal(66))])
        limit = permit.limits.get()
        assert (limit.source, limit.valid_from, limit.confirmed) == ("GPMT 1", date(2024, 1, 1), "")
        assert limit.printed_c == 66

    def test_the_one_it_replaces_ends_with_its_limits(self, plant, by):
        station, cod, _ph = plant
        old = permit_of(station.facility, by, limits=[printed(cod, 60)])
        permit_of(
            station.facility, by, "GPMT 2", date(2025, 1, 1), [printed(cod, 50)], instead_of=old
        )
        old.refresh_from_db()
        assert old.valid_until == old.limits.get().valid_until == date(2024, 12, 31)
        rules = RuleBook.load([station.pk])
        tops = [
            rules.limits_on(station.pk, cod.slot, day)[0].maximum
            for day in (date(2024, 12, 31), date(2025, 1, 1))
        ]
        assert tops == [60, 50]

    def test_another_wording_from_a_day_on_ends_the_limits_it_no_longer_has(self, plant, by):
        station, cod, ph = plant
        permit_of(station.facility, by, limits=[printed(cod, 60), printed(ph, 9)])
        permit_of(station.facility, by, since=date(2025, 1, 1), limits=[printed(cod, 55)])
        assert PermitLimit.objects.get(channel=ph).valid_until == date(2024, 12, 31)

    def test_a_corrected_permit_waits_to_be_confirmed_again(self, plant, by):
        station, cod, _ph = plant
        permit = permit_of(station.facility, by, limits=[printed(cod, 60)])
        confirm_permit(permit=permit, document=keep_document(number="GPMT 1", by=by), by=by)
        limit = permit.limits.get()
        assert (limit.confirmed, limit.confirmed_by) == ("GPMT 1", by)
        permit_of(station.facility, by, limits=[printed(cod, 61, row=limit)], permit=permit)
        limit.refresh_from_db()
        permit.refresh_from_db()
        assert (limit.maximum, limit.confirmed, permit.confirmed) == (61, "", "")
        assert limit.confirmed_by is None

    @pytest.mark.parametrize(
        ("maxima", "said"),
        [([None], "needs a maximum"), ([60, 50], "two limits for the same period")],
    )
    def test_a_line_that_says_nothing_or_too_much_is_refused(self, plant, by, maxima, said):
        station, cod, _ph = plant
        with pytest.raises(CannotStand, match=said):
            permit_of(station.facility, by, limits=[printed(cod, one) for one in maxima])
        assert not Permit.objects.exists()


NEW = """
regulation: QCVN 40
title: Nước thải công nghiệp
code: QCVN 40:2025/BTNMT
medium: wastewater
columns: [A, B, C]
in_force: {from: 2025-09-01}
period: day
limits:
  - {parameter: COD, A: 65, B: 90, C: 130}
  - {parameter: pH, A: [6, 9], from: 2025-09-01}
"""


class TestEditionsFromAFile:
    def test_a_file_completes_an_edition(self, by):
        edition = load_edition(told=read_edition("x.yaml", NEW.encode()), paper=WHY, by=by)
        assert edition.code == "QCVN 40:2025/BTNMT"
        cells = edition.limits.filter(parameter__symbol="COD").order_by("column")
        assert [(cell.column, cell.maximum, cell.provenance) for cell in cells] == [
            ("A", 65, "O"),
            ("B", 90, "O"),
            ("C", 130, "O"),
        ]

    @pytest.mark.parametrize("kind", ["yaml", "xlsx"])
    def test_every_edition_goes_there_and_back(self, by, kind):
        for edition in Edition.objects.all():
            told = file_of(edition)
            content = as_yaml(told).encode() if kind == "yaml" else as_workbook(told)
            again = read_edition(f"edition.{kind}", content)
            assert as_yaml(again) == as_yaml(told)
            events = EditionLimit.events.rel.related_model.objects.count()
            load_edition(told=again, paper=Paper(), by=by)
            assert as_yaml(file_of(edition)) == as_yaml(told)
            assert EditionLimit.events.rel.related_model.objects.count() == events

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ("A: 65", "A: hai"),
            ("COD, A", "CODX, A"),
            ("[A, B, C]", "[A, A]"),
            ("from: 2025-09-01}\nperiod", "from: 2025-09-01, until: 2025-08-31}\nperiod"),
            ("[6, 9]", "[9, 6]"),
            ("C: 130", "D: 130"),
            ("pH, A: [6, 9], from: 2025-09-01", "COD, A: 60"),
        ],
    )
    def test_a_mistake_is_named_with_its_line_and_nothing_is_taken(self, by, wrong, said):
        assert wrong in NEW
        with pytest.raises(RegisterRefused) as refused:
            read_edition("x.yaml", NEW.replace(wrong, said).encode())
        assert all(str(problem).startswith("line ") for problem in refused.value.problems)

    def test_a_number_that_is_not_there_is_taken_out_with_its_reason(self, by):
        edition = load_edition(told=read_edition("x.yaml", NEW.encode()), paper=WHY, by=by)
        limit = edition.limits.first()
        with pytest.raises(CannotStand):
            take_out_limit(limit=limit, reason="", by=by)
        take_out_limit(limit=limit, reason="không có trong bảng", by=by)
        assert not edition.limits.filter(pk=limit.pk).exists()
        told = changes_of(edition, [(EditionLimit, "edition")])
        assert any("không có trong bảng" in field.after for one in told for field in one.fields)


class TestDocuments:
    def test_what_is_left_out_stays(self, by):
        keep_document(number="QĐ 1", by=by, date=date(2024, 1, 1), issuer="Sở")
        document = keep_document(number="QĐ 1", by=by, title="Về việc")
        document.refresh_from_db()
        assert (document.date, document.issuer, document.title) == (
            date(2024, 1, 1),
            "Sở",
            "Về việc",
        )
        assert Document.objects.count() == 1

    def test_a_document_of_nobody_is_seen_by_nobody(self, by):
        keep_document(number="QĐ 1", by=by)
        assert not documents_for(by).exists()
