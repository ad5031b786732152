"""What a sensor reads at a minute, and when its logger can hand it over: pure, the same for ever.

The history and the live loggers ask the same functions, so one goes on where the other ends.
"""

from __future__ import annotations

from functools import lru_cache
from math import cos, pi, sin
from random import Random

from monitoring.demo.fleet import Logger, Sensor
from monitoring.demo.local_time import HOUR, weekday_of
from monitoring.demo.story import Episode, Kind, episode_at

_NOISE_LENGTH = 4093
_DICE = Random(2024)  # noqa: S311 - weather, no secret
_NOISE = tuple(max(-2.5, min(2.5, _DICE.gauss(0, 1))) for _ in range(_NOISE_LENGTH))
_RISE_MINUTES = 15
_WEEK = (0.0, 0.0, 0.0, 0.0, 0.0, -0.5, -1.0)


def _course(shape: str) -> tuple[float, ...]:
    """The course of a day by hours, from -1 to 1."""
    sun = tuple(cos((hour - 14) / 12 * pi) for hour in range(24))
    peaks = {7: 1.0, 8: 0.8, 17: 0.8, 18: 1.0, 19: 0.6}
    return {
        "flat": (0.0,) * 24,
        "sun": sun,
        "night": tuple(-height for height in sun),
        "work": tuple(cos((hour - 13) / 12 * pi) for hour in range(24)),
        "traffic": tuple(peaks.get(hour, -0.5 if hour < 5 else 0.0) for hour in range(24)),
    }[shape]


_COURSES = {shape: _course(shape) for shape in ("flat", "sun", "night", "work", "traffic")}


@lru_cache(maxsize=1 << 16)
def _at_full_hour(sensor: Sensor, hour: int) -> float:
    """The calm level at a full hour: day, week, season and a slow drift of weeks."""
    nature, phase = sensor.nature, sensor.seed % 628 / 100
    day, of_day = divmod(hour, 24)
    drift = 0.6 * sin(hour / 5 + phase) + 0.4 * sin(hour / 29 + 2 * phase)
    week = 0.5 * _WEEK[weekday_of(day)] if nature.shape == "work" else 0.0
    summer = cos((day % 365.25 - 200) / 365.25 * 2 * pi)
    swing = nature.swing * (_COURSES[nature.shape][of_day] + week)
    return sensor.usual * (1 + swing + nature.drift * drift + nature.season * summer)


def calm_value(sensor: Sensor, minute: int) -> float:
    """What the sensor would read if nothing happened; a slow analyser repeats its last result."""
    instant = minute - minute % sensor.nature.slow
    hour, past = divmod(instant, HOUR)
    level = _at_full_hour(sensor, hour)
    level += (_at_full_hour(sensor, hour + 1) - level) * past / HOUR
    return level * (1 + sensor.nature.noise * _noise(sensor, instant))


def _noise(sensor: Sensor, minute: int) -> float:
    stride = 1 + sensor.seed % 997
    return _NOISE[(minute // 5 * stride + sensor.seed) % _NOISE_LENGTH]


def reading(logger: Logger, sensor: Sensor, minute: int) -> tuple[float | None, str]:
    """The value in the channel's own unit (None: no value) and the status 00, 01 or 02."""
    episode = episode_at(logger.code, sensor.symbol, minute)
    if episode is None:
        return calm_value(sensor, minute), "00"
    if episode.kind is Kind.FAULT:
        return None, "02"
    if episode.kind is Kind.CALIBRATES:
        return _calibration_value(sensor, episode, minute), "01"
    if episode.kind is Kind.STANDS_STILL:
        return calm_value(sensor, episode.starts), "00"
    if episode.kind is Kind.FLOWS:
        return calm_value(sensor, minute) * episode.aim, "00"
    return _risen_value(sensor, episode, minute), "00"


def _calibration_value(sensor: Sensor, episode: Episode, minute: int) -> float:
    """First the zero standard, then the span standard."""
    zero = minute < (episode.starts + episode.ends) // 2
    return sensor.usual * (0.03 if zero else 2.0) * (1 + 0.01 * _noise(sensor, minute))


def _risen_value(sensor: Sensor, episode: Episode, minute: int) -> float:
    """On its way from calm to the aim, then around the aim."""
    instant = minute - minute % sensor.nature.slow
    risen = min(1.0, (instant - episode.starts + 5) / _RISE_MINUTES)
    aim = episode.aim * (1 + 0.02 * _noise(sensor, instant))
    return aim * risen + calm_value(sensor, minute) * (1 - risen)


def sent_at(logger: Logger, minute: int) -> int:
    """The second at which the logger has the line to send this slot: after an outage, its end."""
    outage = episode_at(logger.code, "", minute)
    return (outage.ends if outage else minute) * 60 + logger.delay
