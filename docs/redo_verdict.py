#!/usr/bin/env python3
# ruff: noqa: T201
"""Redoes exported verdicts offline, in fractions, and says whether it comes to the same.

    python3 redo_verdict.py verdict.json …     (the file that a verdict's page gives as JSON)

Python 3.9 alone. Exit code 0: all agree; 1: one differs; 2: a file is no exported verdict.
"""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any

Told = dict[str, Any]
Sum = tuple[Fraction, int, int]  # Σ, how many values are in it, how many were expected


def number(told: Told) -> Fraction:
    return Fraction(int(told["numerator"]), int(told["denominator"]))


def shown(x: Fraction | None) -> str:
    return "–" if x is None else str(x) if x.denominator == 1 else f"{float(x):.10g}"


def slot_of(slot: Told, oxygen: Told | None) -> tuple[Fraction | None, bool]:
    """The mean of its readings of status 00, at reference oxygen; and whether it was expected."""
    read = [r for r in slot["readings"] if r["status"] == "00" and not r["excluded"]]
    values = [Fraction(r["value"]) for r in read if r["value"] is not None]
    value = sum(values, Fraction()) / len(values) if values else None
    if oxygen:
        air, reference = Fraction(oxygen["of_air"]), Fraction(oxygen["reference"])
        o2 = number(slot["oxygen"]) if slot["oxygen"] else None
        if o2 is not None and o2 >= min(Fraction(oxygen["idle_from"]), air):
            return None, False
        value = None if value is None or o2 is None else value * (air - reference) / (air - o2)
    return value, slot["state"] != "stopped"


def added(slots: list[Told], oxygen: Told | None) -> Sum:
    done = [slot_of(slot, oxygen) for slot in slots]
    values = [value for value, _ in done if value is not None]
    return sum(values, Fraction()), len(values), sum(expected for _, expected in done)


def of_parts(told: Told, oxygen: Told | None, least: Fraction) -> Sum:
    """The means of the valid hours of 8, or of the valid days of a year."""
    means = []
    for part in told["parts"]:
        inside = [s for s in told["slots"] if part["from"] <= s["from"] < part["to"]]
        known = number(part["sum"]), part["n"], part["expected"]
        total, n, expected = added(inside, oxygen) if told["slots"] else known
        means += [total / n] if n and Fraction(n, expected) >= least else []
        print(f"  {part['from'][:16]}  Σ {shown(total)}  n {n} of {expected}")
    return sum(means, Fraction()), len(means), len(told["parts"])


def agrees(told: Told) -> bool:
    """Redo one verdict, telling each step."""
    limit, oxygen = told["limit_exact"], told["arithmetic"]["oxygen"]
    stored, least = told["proof"]["stored"], Fraction(limit["min_capture"])
    print(told["station"], told["parameter"], told["period"], told["from"], told["to"])
    redone = of_parts(told, oxygen, least) if told["parts"] else added(told["slots"], oxygen)
    (total, n, expected), outside = redone, False
    needed = Fraction(3, 4) if told["parts"] else least
    found: list[tuple[str, object, object]] = [("Σ", number(stored["total"]), total)]
    print(f"  Σ = {shown(total)}, n = {n} of {expected}, needed {shown(needed)} of them")
    for side, beyond in (("max", 1), ("min", -1)):
        if limit[side] is not None:
            bound, factors = Fraction(limit[side]), limit[f"{side}_from"]
            outside |= (total - bound * n) * beyond > 0
            found += [(side, bound, prod(Fraction(factor["value"]) for factor in factors))]
            made = " × ".join(factor["value"] for factor in factors)
            print(f"  {side} = {made} = {shown(bound)}; × {n} = {shown(bound * n)} against Σ")
    enough = n > 0 and expected > 0 and Fraction(n, expected) >= needed
    verdict = ("exceeded" if outside else "within") if enough else "not_enough_data"
    found += [("n", stored["n"], n), ("expected", stored["expected"], expected)]
    found += [("verdict", told["verdict"], verdict)]
    differs = [f"{what}: {was} told, {now} found" for what, was, now in found if was != now]
    print(f"  Σ ÷ n = {shown(total / n if n else None)}: {verdict}")
    print("  DIFFERS:" if differs else "  AGREES", *differs)
    return not differs


if __name__ == "__main__":
    try:
        done = [agrees(json.loads(Path(name).read_text("utf-8"))) for name in sys.argv[1:]]
        sys.exit(0 if all(done) else 1)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"This is no exported verdict: {error!r}")
        sys.exit(2)
