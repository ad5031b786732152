"""Timelines: a register, files and people's acts at moments, and what must come of them.

Played through the real pipeline with a moved clock; nothing is faked but the clock and the mail
server, which a timeline tells what to answer.
"""

from monitoring.services.timeline.comparing import Difference, compare
from monitoring.services.timeline.playing import play
from monitoring.services.timeline.reading import Timeline, TimelineRefused, read_timeline

__all__ = ["Difference", "Timeline", "TimelineRefused", "compare", "play", "read_timeline"]
