"""`GET stations/{code}/totals/`: a station's volumes and loads by the day, and their signs."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monitoring.domain.slots import ONE_DAY, day_of, day_start
from monitoring.domain.totals import Total
from monitoring.services.flows import (
    BALANCE,
    DESIGN,
    DROP,
    MAYBE_OVER,
    OVER,
    PERMIT,
    FlowBook,
    FlowDay,
)
from stations.api.asking import asked
from stations.api.times import SpanQuery, iso
from stations.models import RuleSetting, Station

USUAL_SPAN = timedelta(days=31)
LONGEST_SPAN = timedelta(days=400)
Key = RuleSetting.Key


class TotalsQuery(SpanQuery):
    """From when to when: days that begin in the span."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A span that is not told is the last 31 days, the present one with them."""
        checked = super().validate(attrs)
        end: datetime = checked.setdefault("to", timezone.now())
        start: datetime = checked.setdefault("from", end - USUAL_SPAN)
        if end <= start:
            raise serializers.ValidationError({"from": [_("“to” must lie after “from”.")]})
        if end - start > LONGEST_SPAN:
            wrong = _("At most %(days)d days at once.") % {"days": LONGEST_SPAN.days}
            raise serializers.ValidationError({"from": [wrong]})
        return checked


class TotalSerializer(serializers.Serializer[Any]):
    """An amount of a day: of its filled slots alone."""

    parameter = serializers.CharField()
    unit = serializers.CharField(help_text="m³, kg")
    amount = serializers.FloatField()
    n = serializers.IntegerField(help_text=gettext_lazy("Slots that had what it needs."))
    expected = serializers.IntegerField()
    capture = serializers.FloatField(allow_null=True)
    whole_day = serializers.FloatField(
        allow_null=True,
        help_text=gettext_lazy("Brought up to a whole day: an estimate; null below 75 % of it."),
    )


class AllowanceSerializer(serializers.Serializer[Any]):
    """What the facility may discharge."""

    m3_per_day = serializers.FloatField()
    based_on = serializers.ChoiceField(choices=[PERMIT, DESIGN])
    name = serializers.CharField(help_text=gettext_lazy("The number of the permit."))


class FacilitySerializer(serializers.Serializer[Any]):
    """The outflow of all wastewater stations of the facility against what it may discharge."""

    outflow = serializers.FloatField(allow_null=True)
    whole_day = serializers.FloatField(allow_null=True)
    allowance = AllowanceSerializer(allow_null=True)
    share = serializers.FloatField(allow_null=True)


class BalanceSerializer(serializers.Serializer[Any]):
    """In and out over the slots in which both are filled."""

    inflow = serializers.FloatField()
    outflow = serializers.FloatField()
    n = serializers.IntegerField()
    expected = serializers.IntegerField()
    parted = serializers.FloatField(
        allow_null=True, help_text=gettext_lazy("|in − out| ÷ in; null with too little data.")
    )


class DropSerializer(serializers.Serializer[Any]):
    """Hours on end in which hardly anything flowed out while it went on flowing in."""

    inflow = serializers.FloatField()
    outflow = serializers.FloatField()

    def get_fields(self) -> dict[str, Any]:
        """With the two names that Python keeps for itself."""
        ends = {name: serializers.DateTimeField() for name in ("from", "to")}
        return {**ends, **super().get_fields()}


class FlowDaySerializer(serializers.Serializer[Any]):
    """A day."""

    day = serializers.DateField()
    complete = serializers.BooleanField(help_text=gettext_lazy("The day is over."))
    volumes = TotalSerializer(many=True)
    loads = TotalSerializer(many=True)
    facility = FacilitySerializer()
    balance = BalanceSerializer(allow_null=True)
    drops = DropSerializer(many=True)
    signs = serializers.ListField(
        child=serializers.ChoiceField(choices=[OVER, MAYBE_OVER, BALANCE, DROP]),
        help_text=gettext_lazy("Signs to be looked at; no verdicts."),
    )


class StationTotalsSerializer(serializers.Serializer[Any]):
    """The days of a station."""

    station = serializers.CharField()
    items = FlowDaySerializer(many=True)


class StationTotals(APIView):
    """The volumes and loads of a station."""

    @extend_schema(
        parameters=[TotalsQuery], responses=StationTotalsSerializer, operation_id="station_totals"
    )
    def get(self, request: Request, code: str) -> Response:
        """Day by day: m³, kg, the facility's outflow against its permit, in against out."""
        station = get_object_or_404(Station.objects.for_user(request.user), code=code)
        query = asked(TotalsQuery, request)
        now = timezone.now()
        start, end = query["from"], min(query["to"], now)
        first = day_of(start) if start == day_start(day_of(start)) else day_of(start) + ONE_DAY
        last = day_of(end - timedelta(microseconds=1))
        if last < first:
            return Response({"station": station.code, "items": []})
        book = FlowBook([station], first, last)
        items = [_day(book, station, each, now) for each in book.of(station.pk)]
        return Response({"station": station.code, "items": items})


def _day(book: FlowBook, station: Station, each: FlowDay, now: datetime) -> dict[str, Any]:
    inflow, outflow = book.channels(station.pk, each.day)
    flows = [(inflow, each.inflow), (outflow, each.outflow)]
    enough = book.setting(Key.TOTALS_CAPTURE, each.day)

    def told(symbol: str, unit: str, total: Total) -> dict[str, Any]:
        return {
            "parameter": symbol,
            "unit": unit,
            "amount": float(total.amount),
            "n": total.n,
            "expected": total.expected,
            "capture": _float(total.capture),
            "whole_day": None if enough is None else _float(total.whole_day(enough)),
        }

    allowed = each.allowance
    return {
        "day": each.day.isoformat(),
        "complete": day_start(each.day) + ONE_DAY <= now,
        "volumes": [
            told(channel.symbol, "m³", total) for channel, total in flows if channel and total
        ],
        "loads": [told(symbol, "kg", total) for symbol, total in each.loads.items()],
        "facility": {
            "outflow": _float(each.facility),
            "whole_day": _float(each.facility_whole),
            "allowance": allowed
            and {"m3_per_day": float(allowed.m3), "based_on": allowed.kind, "name": allowed.name},
            "share": _float(each.share),
        },
        "balance": each.balance
        and {
            "inflow": float(each.balance.inflow),
            "outflow": float(each.balance.outflow),
            "n": each.balance.n,
            "expected": each.balance.expected,
            "parted": _float(each.parted),
        },
        "drops": [
            {
                "from": iso(drop.start),
                "to": iso(drop.end),
                "inflow": float(drop.inflow),
                "outflow": float(drop.outflow),
            }
            for drop in each.drops
        ],
        "signs": each.signs,
    }


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
