"""How a person wants to hear: how soon, and when not."""

from __future__ import annotations

from datetime import datetime, time

import pytest

from alerts.domain.wishes import VIETNAM, Leaving, Wish, leaving

NIGHT = {"quiet_from": time(22), "quiet_until": time(6)}


def at(clock: str, day: int = 21) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2024, 5, day, hour, minute, tzinfo=VIETNAM)


def when(due: datetime, *wishes: Wish, severity: int = 2, **about: object) -> Leaving:
    said = {"kind": "exceedance", "facility": 1} | about
    return leaving(due, wishes, severity=severity, **said)  # type: ignore[arg-type]


def test_without_a_wish_a_note_leaves_when_it_is_due() -> None:
    assert when(at("02:10")) == Leaving(at("02:10"))


@pytest.mark.parametrize(
    ("pace", "due", "leaves", "together"),
    [
        ("at_once", at("08:10"), at("08:10"), False),
        ("hourly", at("08:10"), at("09:00"), True),
        ("hourly", at("09:00"), at("09:00"), False),
        ("daily", at("06:59"), at("07:00"), True),
        ("daily", at("07:00"), at("07:00"), False),
        ("daily", at("07:01"), at("07:00", 22), True),
    ],
)
def test_the_pace_says_when(pace: str, due: datetime, leaves: datetime, together: bool) -> None:
    assert when(due, Wish(pace=pace)) == Leaving(leaves, together)


@pytest.mark.parametrize(
    ("due", "leaves"),
    [
        (at("21:59"), at("21:59")),
        (at("22:00"), at("06:00", 22)),
        (at("02:00"), at("06:00")),
        (at("05:59"), at("06:00")),
        (at("06:00"), at("06:00")),
    ],
)
def test_quiet_hours_over_midnight_hold_until_their_end(due: datetime, leaves: datetime) -> None:
    assert when(due, Wish(**NIGHT)).at == leaves  # type: ignore[arg-type]


def test_quiet_hours_of_a_day_too() -> None:
    noon = Wish(quiet_from=time(12), quiet_until=time(13, 30))
    assert when(at("12:00"), noon).at == at("13:30")
    assert when(at("13:30"), noon).at == at("13:30")


def test_what_is_critical_passes_pace_and_quiet_hours() -> None:
    wish = Wish(pace="daily", **NIGHT)  # type: ignore[arg-type]
    assert when(at("02:00"), wish, severity=4) == Leaving(at("02:00"))
    assert when(at("02:00"), wish, severity=3).at == at("07:00")


@pytest.mark.parametrize(
    ("due", "wish", "waits"),
    [
        (at("08:10"), Wish(), None),
        (at("09:00"), Wish(pace="hourly"), None),
        (at("08:10"), Wish(pace="hourly"), {"pace": "hourly", "asked": True}),
        (at("08:10"), Wish(pace="daily"), {"pace": "daily", "asked": True}),
        (
            at("08:10"),
            Wish(kinds=frozenset({"silent_station"})),
            {"pace": "daily", "asked": False},
        ),
        (at("21:59"), Wish(**NIGHT), None),  # type: ignore[arg-type]
        (
            at("22:00"),
            Wish(**NIGHT),  # type: ignore[arg-type]
            {"pace": "", "asked": True, "quiet": ["22:00", "06:00"]},
        ),
        (
            at("21:10"),
            Wish(pace="hourly", **NIGHT),  # type: ignore[arg-type]
            {"pace": "hourly", "asked": True, "quiet": ["22:00", "06:00"]},
        ),
        (
            at("20:10"),
            Wish(pace="hourly", **NIGHT),  # type: ignore[arg-type]
            {"pace": "hourly", "asked": True},
        ),
        (at("23:00"), Wish(pace="daily", **NIGHT), {"pace": "daily", "asked": True}),  # type: ignore[arg-type]
    ],
)
def test_a_note_knows_for_which_wish_it_waits(
    due: datetime, wish: Wish, waits: dict[str, object] | None
) -> None:
    found = when(due, wish)
    assert (found.waits.as_data() if found.waits else None) == waits
    assert (found.at > due) == (waits is not None)


def test_of_several_wishes_the_promptest_counts() -> None:
    assert when(at("08:10"), Wish(pace="daily"), Wish(pace="hourly")).at == at("09:00")


def test_a_duty_that_no_wish_names_comes_once_a_day() -> None:
    wish = Wish(kinds=frozenset({"exceedance"}))
    assert when(at("08:10"), wish).at == at("08:10")
    assert when(at("08:10"), wish, kind="silent_station") == Leaving(at("07:00", 22), True)


@pytest.mark.parametrize(
    ("wish", "fits"),
    [
        (Wish(), True),
        (Wish(kinds={"exceedance"}), True),
        (Wish(kinds={"own_fault"}), False),
        (Wish(facilities={1, 2}), True),
        (Wish(facilities={2}), False),
        (Wish(least_severity=2), True),
        (Wish(least_severity=3), False),
    ],
)
def test_a_wish_speaks_of_its_kinds_facilities_and_severities(wish: Wish, fits: bool) -> None:
    assert wish.fits(kind="exceedance", severity=2, facility=1) is fits
