"""How each delivery was read, kept once under its fingerprint, so that it can be read so again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitoring.domain.readwith import ReadWith
from monitoring.domain.sender import PrefixIndex, PrefixPeriod, which_stamp
from monitoring.models import Delivery, ReadMap
from monitoring.services.setup import maps_of
from stations.models import FilePrefix

MOST_RESTORED = 4096
_restored: dict[str, ReadWith] = {}
"""What a fingerprint stands for never changes."""


def prefix_index() -> PrefixIndex:
    """All file prefixes, with the days on which they hold."""
    rows = FilePrefix.objects.values_list("station_id", "prefix", "valid_from", "valid_until")
    return PrefixIndex([PrefixPeriod(*row) for row in rows])


def keep(ways: Iterable[ReadWith], *, now: datetime) -> None:
    """Keep how files were read; in the transaction of the first delivery that was read so."""
    rows = {how.fingerprint: how for how in ways}
    if not rows:
        return
    ReadMap.objects.bulk_create(
        (
            ReadMap(fingerprint=fingerprint, content=how.content, first_used_at=now)
            for fingerprint, how in sorted(rows.items())
        ),
        ignore_conflicts=True,
    )


def ways_of(fingerprints: Iterable[str]) -> dict[str, ReadWith]:
    """What these fingerprints stand for; those that nothing is known of are left out."""
    wanted = set(fingerprints)
    unknown = wanted - _restored.keys()
    if unknown:
        if len(_restored) > MOST_RESTORED:
            _restored.clear()
        rows = ReadMap.objects.filter(pk__in=unknown).values_list("fingerprint", "content")
        _restored.update((fingerprint, ReadWith.restored(content)) for fingerprint, content in rows)
    return {fingerprint: _restored[fingerprint] for fingerprint in wanted & _restored.keys()}


class Ways:
    """How stored deliveries were read, and how they would be read today."""

    def __init__(self, station_ids: Iterable[int]) -> None:
        self.maps = maps_of(station_ids)
        self.prefixes = prefix_index()
        self._known: dict[str, ReadWith] = {}

    def today(self, station_id: int, name: str) -> ReadWith:
        """As the register stands now."""
        return ReadWith(self.maps[station_id], which_stamp(name, self.prefixes))

    def look_up(self, deliveries: Iterable[Delivery]) -> None:
        """Fetch at once what these deliveries were read with."""
        self._known |= ways_of({each.read_with for each in deliveries} - self._known.keys())

    def then(self, delivery: Delivery) -> ReadWith:
        """As the delivery was read, after `look_up`.

        Of deliveries from before this was kept nothing is known but that they were read with the
        register of their time: today's stands in.
        """
        how = self._known.get(delivery.read_with)
        return how or self.today(delivery.station_id, delivery.name)
