"""The data plane: what came, what it means, how it was judged."""

from monitoring.models.clock import DoorProbe, Outage
from monitoring.models.correction import ClosedMonth, Correction, Exclusion, ReadMap, Study
from monitoring.models.delivery import Delivery
from monitoring.models.link import ChannelLink, Link, StationState
from monitoring.models.mean import DayBalance, DayMean, DayTotal, HourMean, StationHour
from monitoring.models.plane import NOBODY
from monitoring.models.reading import DirtyHour, Reading, Revision
from monitoring.models.trial import Trial
from monitoring.models.verdict import Frontier, Layer, Verdict

__all__ = [
    "NOBODY",
    "ChannelLink",
    "ClosedMonth",
    "Correction",
    "DayBalance",
    "DayMean",
    "DayTotal",
    "Delivery",
    "DirtyHour",
    "DoorProbe",
    "Exclusion",
    "Frontier",
    "HourMean",
    "Layer",
    "Link",
    "Outage",
    "ReadMap",
    "Reading",
    "Revision",
    "StationHour",
    "StationState",
    "Study",
    "Trial",
    "Verdict",
]
