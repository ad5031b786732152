"""What of a period had come when it fell due.

What is found late is found by data that came late. Where those that came in time said so already,
nothing about it is late, however long after it was judged and whatever else had come by then.
"""

from __future__ import annotations

from datetime import datetime

from monitoring.domain.averaging import Mean, add
from monitoring.domain.periods import starts_between
from monitoring.domain.slots import day_of
from monitoring.services.computing import means_of_rows, rows_of_hours
from monitoring.services.setup import StationSetup
from monitoring.services.verdicts import Judged
from stations.services.limits import RuleBook


def mean_by(setup: StationSetup, rules: RuleBook, each: Judged, moment: datetime) -> Mean:
    """The mean of an hour or a day from what had been received by a moment.

    Of readings that were sent again later nobody asks what they had been before: they count as not
    received.
    """
    hours = list(starts_between("hour", each.start, each.end))
    came = [row for row in rows_of_hours(setup, hours, day_of(each.start)) if row[3] <= moment]
    means = means_of_rows(setup, hours, came, rules)
    own = [means.get((each.channel.slot, hour, each.basis)) for hour in hours]
    known = [row.mean for row in own if row is not None]
    return add(known, expected=each.mean.expected)
