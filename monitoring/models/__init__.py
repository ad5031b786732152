"""The data plane: what came, what it means, how it was judged."""

from monitoring.models.delivery import Delivery
from monitoring.models.link import ChannelLink, Link, StationState
from monitoring.models.mean import DayMean, HourMean, StationHour
from monitoring.models.plane import NOBODY
from monitoring.models.reading import DirtyHour, Reading, Revision
from monitoring.models.verdict import Frontier, Verdict

__all__ = [
    "NOBODY",
    "ChannelLink",
    "DayMean",
    "Delivery",
    "DirtyHour",
    "Frontier",
    "HourMean",
    "Link",
    "Reading",
    "Revision",
    "StationHour",
    "StationState",
    "Verdict",
]
