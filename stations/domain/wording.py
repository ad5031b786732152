"""Numbers, times and durations as a reader sees them, in Vietnamese and in English.

Vietnamese writes 1.234,5 and 20/11 08:35; English writes 1,234.5 and 20 Nov 08:35. Nothing here
decides anything: what is rounded has been compared before, unrounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Vietnamese time has had no daylight saving since 1975, so a fixed offset says it all."""

NOTHING = "—"
MOST_DECIMALS = 12

Number = int | float | Decimal

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS = (
    (86_400, ("ngày", "ngày"), ("day", "days")),
    (3_600, ("giờ", "giờ"), ("hour", "hours")),
    (60, ("phút", "phút"), ("minute", "minutes")),
    (1, ("giây", "giây"), ("second", "seconds")),
)


def as_decimal(value: Number) -> Decimal:
    """The number as it was written: a float by its shortest text, 0.1 as 0.1."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def number(value: Number | None, *, language: str = "vi", decimals: int | None = None) -> str:
    """A measured number: 3.402 · 142,5 · 7,12 · 0,0315. Rounded half to even.

    Without `decimals` the size decides: none from 1,000, one from 10, two from 1, and below 1
    three digits that count.
    """
    if value is None:
        return NOTHING
    exact_value = as_decimal(value)
    if not exact_value.is_finite():
        return NOTHING
    places = usual_decimals(exact_value) if decimals is None else decimals
    return _separated(_rounded(exact_value, places), language)


def measured(
    value: Number | None,
    *,
    against: Iterable[Number | None] = (),
    language: str = "vi",
    decimals: int | None = None,
) -> str:
    """Like `number`, with as many more decimals as it takes not to look equal to a limit.

    A mean of 67.504 beside a limit of 67.5 is written 67,504: rounding must not turn an
    exceedance into its limit.
    """
    if value is None:
        return NOTHING
    exact_value = as_decimal(value)
    if not exact_value.is_finite():
        return NOTHING
    places = usual_decimals(exact_value) if decimals is None else decimals
    limits = [as_decimal(limit) for limit in against if limit is not None]
    while places < MOST_DECIMALS and any(
        _rounded(exact_value, places) == limit != exact_value for limit in limits
    ):
        places += 1
    return _separated(_rounded(exact_value, places), language)


def exact(value: Number | None, *, language: str = "vi") -> str:
    """A number of the law, never rounded, without zeros that say nothing: 67,5 · 45 · 0,05."""
    if value is None:
        return NOTHING
    plain = as_decimal(value)
    if plain == plain.to_integral_value():
        return _separated(plain.quantize(Decimal(1)), language)
    return _separated(plain.normalize(), language)


def percent(fraction: Number | None, *, language: str = "vi", decimals: int = 1) -> str:
    """A share as 97,2 % (English 97.2%). Rounded down: 99,96 % of the slots are not all of them."""
    if fraction is None:
        return NOTHING
    step = Decimal(1).scaleb(-decimals)
    share = (as_decimal(fraction) * 100).quantize(step, rounding=ROUND_FLOOR)
    return exact(share, language=language) + ("%" if language == "en" else "\u00a0%")


def limits(low: Number | None, high: Number | None, *, language: str = "vi") -> str:
    """The limits of a parameter: "≤ 67,5", "≥ 4", "6–9", or a dash where there is none."""
    if low is not None and high is not None:
        return f"{exact(low, language=language)}–{exact(high, language=language)}"
    if high is not None:
        return f"≤\u00a0{exact(high, language=language)}"
    if low is not None:
        return f"≥\u00a0{exact(low, language=language)}"
    return NOTHING


def size(octets: int, *, language: str = "vi") -> str:
    """The size of a file: 412 B · 1,2 kB · 3,4 MB (thousands)."""
    if octets < 1_000:
        return f"{octets}\u00a0B"
    if octets < 1_000_000:
        return f"{number(octets / 1_000, language=language, decimals=1)}\u00a0kB"
    return f"{number(octets / 1_000_000, language=language, decimals=1)}\u00a0MB"


def moment(at: datetime, *, now: datetime, language: str = "vi", seconds: bool = False) -> str:
    """08:35 today, 20/11 08:35 this year, 20/11/2023 08:35 in another. Vietnamese clock.

    Both moments must know their time zone; ValueError if one does not.
    """
    there, here = in_vietnam(at), in_vietnam(now)
    clock = there.strftime("%H:%M:%S" if seconds else "%H:%M")
    if there.date() == here.date():
        return clock
    return f"{day(there.date(), today=here.date(), language=language)} {clock}"


def day(on: date, *, today: date, language: str = "vi") -> str:
    """A calendar day: 20/11 this year, 20/11/2023 in another (20 Nov, 20 Nov 2023)."""
    if language == "en":
        short = f"{on.day} {_MONTHS[on.month - 1]}"
        return short if on.year == today.year else f"{short} {on.year}"
    short = f"{on.day:02}/{on.month:02}"
    return short if on.year == today.year else f"{short}/{on.year}"


def period(start: datetime, end: datetime, *, now: datetime, language: str = "vi") -> str:
    """A period from `start` up to, not with, `end`: 07:00–08:00, 20/11 07:00–08:00, 20/11,
    20/11–22/11, năm 2023, or 20/11 23:00 – 21/11 02:00. ValueError if a moment has no time zone.
    """
    first, last, today = in_vietnam(start), in_vietnam(end), in_vietnam(now).date()
    if _is_midnight(first) and _is_midnight(last) and first < last:
        final = (last - timedelta(days=1)).date()
        if (first.date(), final) == (date(first.year, 1, 1), date(first.year, 12, 31)):
            return str(first.year) if language == "en" else f"năm {first.year}"
        opening = day(first.date(), today=today, language=language)
        if final == first.date():
            return opening
        return f"{opening}–{day(final, today=today, language=language)}"
    opening = moment(start, now=now, language=language)
    if (end - timedelta(microseconds=1)).astimezone(VIETNAM).date() == first.date():
        return f"{opening}–{'24:00' if _is_midnight(last) else last.strftime('%H:%M')}"
    if first.date() == today:
        opening = f"{day(today, today=today, language=language)} {opening}"
    return (
        f"{opening} – {day(last.date(), today=today, language=language)} {last.strftime('%H:%M')}"
    )


def duration(span: timedelta, *, language: str = "vi") -> str:
    """The two largest units: 3 giờ 10 phút, 14 giờ, 2 ngày 3 giờ, 40 giây. Sign is left out.

    What is smaller is cut, not rounded, so that nothing is called over before it is.
    """
    rest = abs(int(span.total_seconds()))
    parts: list[str] = []
    for length, vietnamese, english in _UNITS:
        count, rest = divmod(rest, length)
        if not count and not parts and length > 1:
            continue
        if count or not parts:
            one, many = english if language == "en" else vietnamese
            parts.append(f"{count}\u00a0{one if count == 1 else many}")
        if len(parts) == 2 or (parts and not count):
            break
        if length == 60:
            break
    return " ".join(parts)


def in_vietnam(at: datetime) -> datetime:
    """The same moment on the Vietnamese clock. ValueError if `at` has no time zone."""
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone")
    return at.astimezone(VIETNAM)


def usual_decimals(value: Decimal) -> int:
    """How many decimals a measured number of this size is shown with."""
    size_of_it = abs(value)
    if size_of_it == 0 or size_of_it >= 1000:
        return 0
    if size_of_it >= 10:
        return 1
    if size_of_it >= 1:
        return 2
    return min(2 - size_of_it.adjusted(), MOST_DECIMALS)


def _rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)


def _separated(value: Decimal, language: str) -> str:
    """Thousands and decimals separated as the language does; a minus sign, not a hyphen."""
    text = f"{value:,f}".replace("-", "−")
    if text.strip("−0.,") == "":
        text = text.removeprefix("−")
    if language == "en":
        return text
    return text.replace(",", " ").replace(".", ",").replace(" ", ".")


def _is_midnight(at: datetime) -> bool:
    return (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)
