"""What the law leaves open, as dated data: the numbers of the rules, and the tables of indices."""

from __future__ import annotations

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from stations.models.dated import Dated, no_overlap, ordered_days
from stations.models.regulation import Provenance


@pghistory.track()
class RuleSetting(Dated):
    """A number that a rule needs and that no constant may hold, with its source."""

    class Key(models.TextChoices):
        IDLE_OXYGEN = "idle_oxygen_percent", _("O₂ from which a plant stands idle, %")
        CHANGED_SHARE = "changed_values_share", _("share of a day's readings changed afterwards")
        EXCLUSION_DAYS = (
            "exclusion_request_days",
            _("days within which an operator may ask to exclude data"),
        )
        FLAPPING_TIMES = "flapping_times", _("onsets that make a cause come and go")
        FLAPPING_HOURS = "flapping_hours", _("hours within which these onsets lie")
        STEADY_HOURS = "steady_hours", _("hours without a turn after which it is steady")
        BALANCE_SHARE = "balance_share", _("share by which in- and outflow may part")
        DROP_SHARE = "drop_share", _("share of the inflow below which the outflow has dropped")
        TOTALS_CAPTURE = (
            "totals_capture",
            _("share of a day's slots for its volume to speak for it"),
        )
        SILENT_INTERVALS = "silent_intervals", _("missed intervals from which one is silent")
        SILENT_LEAST = "silent_least_minutes", _("minutes at least before one is silent")
        TRANSMISSION = "transmission_minutes", _("minutes for transmission on top of it")
        GATHERING = "gathering_minutes", _("minutes that silences gather before they are told")
        NOTICE_HOURS = "notice_hours", _("hours of silence from which the owner must give notice")
        OUTAGE_STATIONS = "outage_stations", _("silent stations from which it is the line")
        OUTAGE_SHARE = "outage_share", _("share of silent stations from which it is the line")
        OUTAGE_WITHIN = "outage_within_minutes", _("minutes within which they fell silent")
        OUTAGE_ALIVE = "outage_alive_minutes", _("minutes before, at which a station was alive")
        OUTAGE_HOLD = "outage_hold_hours", _("hours for which an outage holds silences back")
        CLOCK_AHEAD = "clock_ahead_minutes", _("minutes that a logger's clock may be ahead")
        CLOCK_FILES = "clock_files", _("files ahead in a row from which the clock is wrong")
        UNREADABLE_FILES = "unreadable_files", _("rejected files in a row that are told")
        STUCK_SLOTS = "stuck_slots", _("slots for which a value may stay the same")
        STUCK_RESULTS = "stuck_results", _("results for which a slow analyser's may")
        STUCK_FLOOR = (
            "stuck_floor_hours",
            _("hours for which a value at the lower end of the range may stay the same"),
        )
        RANGE_SLOTS = "range_slots", _("slots in a row outside the instrument's range")

    key = models.CharField(_("setting"), max_length=40, choices=Key.choices)
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=6)
    source = models.CharField(_("source"), max_length=300)
    provenance = models.CharField(
        _("provenance"), max_length=1, choices=Provenance.choices, default=Provenance.OFFICER
    )

    class Meta:
        verbose_name = _("number of a rule")
        verbose_name_plural = _("numbers of the rules")
        ordering = ("key", "valid_from")
        constraints = [
            ordered_days("rule_setting_days_are_in_order"),
            no_overlap("one_rule_setting_at_a_time", "key"),
        ]

    def __str__(self) -> str:
        return self.get_key_display()


@pghistory.track()
class IndexTable(Dated):
    """How an index of air quality is computed: breakpoints, classes, rules for missing hours."""

    code = models.CharField(_("code"), max_length=40)
    content = models.JSONField(_("tables"))
    source = models.CharField(_("source"), max_length=300)
    provenance = models.CharField(
        _("provenance"), max_length=1, choices=Provenance.choices, default=Provenance.OFFICER
    )

    class Meta:
        verbose_name = _("table of an index")
        verbose_name_plural = _("tables of indices")
        ordering = ("code", "valid_from")
        constraints = [
            ordered_days("index_table_days_are_in_order"),
            no_overlap("one_index_table_at_a_time", "code"),
        ]

    def __str__(self) -> str:
        return self.code
