"""Small drawings inside tables: a value against its limit, and the line of a day.

They give the inside of an <svg> as text made of numbers alone; colours come from the style sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

BAR_WIDTH = 120.0
LINE_WIDTH, LINE_HEIGHT, LINE_MARGIN = 144.0, 28.0, 3.0
TICK_OF_MAXIMUM = 0.72  # share of the bar's length where the limit stands


def limit_bar_svg(value: Decimal | None, low: Decimal | None, high: Decimal | None) -> str:
    """The bar of a value under a maximum, over a minimum or in a range; "" without a limit.

    The drawing is 120 wide and 16 high; a value beyond its end is cut there with an open edge.
    """
    if low is not None and high is not None:
        return _range_bar(value, float(low), float(high))
    if high is not None:
        return _one_sided_bar(value, float(high), is_maximum=True)
    if low is not None:
        return _one_sided_bar(value, float(low), is_maximum=False)
    return ""


def sparkline_svg(
    values: Sequence[float | None], low: Decimal | None = None, high: Decimal | None = None
) -> str:
    """The line of a day, evenly spaced, broken where a value is None; "" with nothing to draw.

    A limit is drawn where it lies within the drawing or close above or below it.
    """
    known = [value for value in values if value is not None]
    if not known:
        return ""
    bottom, top = _reach(min(known), max(known), low, high)
    step = LINE_WIDTH / max(len(values) - 1, 1)

    def height(value: float) -> float:
        share = (value - bottom) / (top - bottom)
        return LINE_HEIGHT - LINE_MARGIN - share * (LINE_HEIGHT - 2 * LINE_MARGIN)

    drawn = [
        f'<path class="spark-limit" d="M0 {height(float(limit)):.1f}H{LINE_WIDTH:g}"/>'
        for limit in (low, high)
        if limit is not None and bottom <= float(limit) <= top
    ]
    drawn.append(f'<path class="spark-line" d="{_strokes(values, step, height)}"/>')
    return "".join(drawn)


def _one_sided_bar(value: Decimal | None, limit: float, *, is_maximum: bool) -> str:
    whole = limit / TICK_OF_MAXIMUM if limit > 0 else 1.0
    tick = BAR_WIDTH * TICK_OF_MAXIMUM if limit > 0 else 0.0
    outside = (tick, BAR_WIDTH - tick) if is_maximum else (0.0, tick)
    drawn = _track() + _box("bar-outside", *outside)
    if value is not None:
        length = BAR_WIDTH * min(max(float(value) / whole, 0.0), 1.0)
        drawn += _box("bar-value", 0.0, length)
        if float(value) > whole:
            drawn += f'<path class="bar-beyond" d="M{BAR_WIDTH - 7:g} 5l4 3l-4 3"/>'
    return drawn + _tick(tick)


def _range_bar(value: Decimal | None, low: float, high: float) -> str:
    width = (high - low) or abs(high) or 1.0
    start, whole = low - width / 2, 2 * width

    def place(at: float) -> float:
        return BAR_WIDTH * min(max((at - start) / whole, 0.0), 1.0)

    drawn = _track() + _box("bar-outside", 0.0, place(low))
    drawn += _box("bar-outside", place(high), BAR_WIDTH - place(high))
    drawn += _tick(place(low)) + _tick(place(high))
    if value is not None:
        at = min(max(place(float(value)), 5.0), BAR_WIDTH - 5.0)
        drawn += f'<circle class="bar-value" cx="{at:.1f}" cy="8" r="5"/>'
    return drawn


def _track() -> str:
    return f'<rect class="bar-track" y="5.5" width="{BAR_WIDTH:g}" height="5"/>'


def _box(name: str, start: float, length: float) -> str:
    return f'<rect class="{name}" x="{start:.1f}" y="5.5" width="{length:.1f}" height="5"/>'


def _tick(at: float) -> str:
    return f'<rect class="bar-tick" x="{max(at - 1, 0):.1f}" y="1" width="2" height="14"/>'


def _reach(
    bottom: float, top: float, low: Decimal | None, high: Decimal | None
) -> tuple[float, float]:
    """The values between which to draw: the data, and a limit not far from them."""
    margin = max(top - bottom, abs(top) * 0.25, 1e-9)
    if high is not None and top < float(high) <= top + margin:
        top = float(high)
    if low is not None and bottom - margin <= float(low) < bottom:
        bottom = float(low)
    if top - bottom < margin / 4:  # a steady value is a straight line in the middle
        return bottom - margin / 2, top + margin / 2
    return bottom, top


def _strokes(values: Sequence[float | None], step: float, height: Callable[[float], float]) -> str:
    path: list[str] = []
    pen_down = False
    for position, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        path.append(f"{'L' if pen_down else 'M'}{position * step:.1f} {height(value):.1f}")
        alone = not pen_down and (position + 1 == len(values) or values[position + 1] is None)
        if alone:
            path.append("h0.1")
        pen_down = True
    return "".join(path)
