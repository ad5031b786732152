"""VN_AQI once more, written from the text of QĐ 1459/QĐ-TCMT alone; imports nothing of the project.

Plain loops over the decision's table 2, in fractions; slow, and meant to be read beside the text.
"""

from __future__ import annotations

from fractions import Fraction

LEVELS = [0, 50, 100, 150, 200, 300, 400, 500]
TABLE_2 = {
    "O3 1h": [0, 160, 200, 300, 400, 800, 1000, 1200],
    "O3 8h": [0, 100, 120, 170, 210, 400],
    "CO": [0, 10_000, 30_000, 45_000, 60_000, 90_000, 120_000, 150_000],
    "SO2": [0, 125, 350, 550, 800, 1600, 2100, 2630],
    "NO2": [0, 100, 200, 700, 1200, 2350, 3100, 3850],
    "PM10": [0, 50, 150, 250, 350, 420, 500, 600],
    "PM2.5": [0, 25, 50, 80, 150, 250, 350, 500],
}
TABLE_1 = [
    (50, "Tốt"), (100, "Trung bình"), (150, "Kém"), (200, "Xấu"), (300, "Rất xấu"),
    (500, "Nguy hại"),
]  # fmt: skip


def formula_1(column: str, c: Fraction) -> Fraction | None:
    """AQIx, unrounded. For O3 (8h) above 400 µg/m³ there is none."""
    points = TABLE_2[column]
    if c <= 0:
        return Fraction(0)
    for i in range(len(points) - 1):
        if c <= points[i + 1]:
            slope = Fraction(LEVELS[i + 1] - LEVELS[i], points[i + 1] - points[i])
            return slope * (c - points[i]) + LEVELS[i]
    return None if column == "O3 8h" else Fraction(500)


def nowcast(c: list[Fraction | None]) -> Fraction | None:
    """From c1 (now), c2, … c12."""
    c = (c + [None] * 12)[:12]
    if (c[0] is None) + (c[1] is None) + (c[2] is None) > 1:
        return None
    there = [x for x in c if x is not None]
    w = Fraction(1, 2)
    if max(there) > 0 and min(there) / max(there) > w:
        w = min(there) / max(there)
    above, below, weight = Fraction(0), Fraction(0), Fraction(1)
    for x in c:
        if x is not None:
            above += weight * x
            below += weight
        weight *= w
    return above / below


def to_integer(x: Fraction) -> int:
    whole = x.numerator // x.denominator
    return whole + 1 if x - whole >= Fraction(1, 2) else whole


def class_of(aqi: int) -> str:
    for highest, name in TABLE_1:
        if aqi <= highest:
            return name
    raise AssertionError(aqi)


def largest(found: dict[str, Fraction]) -> int | None:
    if "PM10" not in found and "PM2.5" not in found:
        return None
    return to_integer(max(found.values()))


def of_hour(hours: dict[str, list[Fraction | None]]) -> int | None:
    """AQI giờ from each pollutant's hour means, the newest first."""
    found: dict[str, Fraction] = {}
    for pollutant, values in hours.items():
        c = nowcast(values) if pollutant in ("PM10", "PM2.5") else values[0]
        column = "O3 1h" if pollutant == "O3" else pollutant
        aqi = None if c is None else formula_1(column, c)
        if aqi is not None:
            found[column] = aqi
    return largest(found)


def of_day(hours: dict[str, list[Fraction | None]]) -> int | None:
    """AQI ngày; the 7 hours before the day and its own 24. Three quarters must be there."""
    found: dict[str, Fraction] = {}
    for pollutant, values in hours.items():
        own = [x for x in values[7:] if x is not None]
        if len(own) >= 18:
            c = sum(own) / len(own) if pollutant in ("PM10", "PM2.5") else max(own)
            column = "O3 1h" if pollutant == "O3" else pollutant
            aqi = formula_1(column, c)
            assert aqi is not None
            found[column] = aqi
        if pollutant == "O3":
            means = []
            for last in range(7, 31):
                eight = [x for x in values[last - 7 : last + 1] if x is not None]
                if len(eight) >= 6:
                    means.append(sum(eight) / len(eight))
            aqi = formula_1("O3 8h", max(means)) if len(means) >= 18 else None
            if aqi is not None:
                found["O3 8h"] = aqi
    return largest(found)
