"""The facts come with `migrate`, can be loaded again, and never go over what a person changed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pghistory
import pytest

from stations.models import Edition, EditionLimit, Parameter, UnitConversion, UnitOfMeasure
from stations.services.facts import load_facts

pytestmark = pytest.mark.django_db


def limits_of(edition: str, parameter: str, column: str) -> list[EditionLimit]:
    found = EditionLimit.objects.filter(
        edition__code=edition, parameter__symbol=parameter, column=column
    )
    return list(found.order_by("period", "valid_from"))


def test_migrating_brings_parameters_with_a_unit_for_each_medium():
    assert Parameter.objects.count() == 42
    assert Parameter.objects.get(symbol="NO").units == {
        "emission": "mg/Nm³",
        "ambient_air": "µg/Nm³",
    }


def test_a_comma_stays_inside_an_alias():
    assert Parameter.objects.get(symbol="PM2.5").aliases == ["PM2,5", "PM-2-5", "PM25"]


def test_only_the_temperature_can_be_negative():
    negative = Parameter.objects.filter(can_be_negative=True)
    assert [parameter.symbol for parameter in negative] == ["Temp"]


def test_every_unit_of_a_parameter_and_of_a_conversion_is_listed():
    known = set(UnitOfMeasure.objects.values_list("code", flat=True))
    used = {unit for parameter in Parameter.objects.all() for unit in parameter.units.values()}
    used |= set(UnitConversion.objects.values_list("from_unit", flat=True))
    used |= set(UnitConversion.objects.values_list("to_unit", flat=True))
    assert used <= known


def test_a_limit_keeps_where_it_was_read():
    (cod,) = limits_of("QCVN 40:2011/BTNMT", "COD", "A")
    assert (cod.maximum, cod.provenance, cod.confirmed) == (Decimal(75), "2", "")


def test_temperature_colour_and_ph_take_no_factors():
    without = EditionLimit.objects.filter(edition__code="QCVN 40:2011/BTNMT", takes_factors=False)
    assert set(without.values_list("parameter__symbol", flat=True)) == {"pH", "Temp", "Color"}


def test_the_edition_of_2025_exists_without_numbers():
    edition = Edition.objects.get(code="QCVN 40:2025/BTNMT")
    assert edition.columns == ["A", "B", "C"]
    assert not edition.limits.exists()


def test_the_day_limit_of_fine_dust_changes_with_2026():
    days = [row for row in limits_of("QCVN 05:2023/BTNMT", "PM2.5", "only") if row.period == "day"]
    told = {(row.maximum, row.valid_from, row.valid_until) for row in days}
    assert told == {
        (Decimal(50), None, date(2025, 12, 31)),
        (Decimal(45), date(2026, 1, 1), None),
    }


def test_loading_again_writes_nothing():
    assert load_facts() == 0


def test_loading_again_mends_what_no_person_changed():
    Parameter.objects.filter(symbol="COD").update(aliases=[], slow_minutes=None)
    assert load_facts() == 1
    assert Parameter.objects.get(symbol="COD").slow_minutes == 15


def test_what_a_person_changed_is_left_alone(django_user_model):
    officer = django_user_model.objects.create(username="officer")
    with pghistory.context(user=officer.pk):
        Parameter.objects.filter(symbol="COD").update(aliases=["COD_OUT"])
        EditionLimit.objects.filter(pk=limits_of("QCVN 40:2011/BTNMT", "COD", "A")[0].pk).update(
            maximum=70, valid_from=date(2012, 2, 15)
        )
    assert load_facts() == 0
    assert Parameter.objects.get(symbol="COD").aliases == ["COD_OUT"]
    assert [row.maximum for row in limits_of("QCVN 40:2011/BTNMT", "COD", "A")] == [70]
