"""The HTTP door for loggers: the snapshot proves them, the spool keeps; no database needed."""

from __future__ import annotations

import threading
import time
from functools import lru_cache
from pathlib import Path

from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from rest_framework import exceptions, status
from rest_framework.request import Request

from monitoring.api.pace import Pace
from monitoring.models import Delivery
from monitoring.services.accounts import Accounts
from monitoring.services.arrivals import account_of_station
from monitoring.services.snapshot import snapshot_file
from monitoring.services.spool import MAX_FILE_BYTES, Entry, Spool, SpoolUnavailable
from stations.api.authentication import (
    PersonTokenAuthentication,
    PersonTokenScheme,
    bearer_token,
    unknown_token,
)
from stations.services.accounts import digest_key, token_of

LOOKS_EVERY = 0.05
"""Seconds between two looks at whether an entry has been stored."""

FILES_AT_ONCE, FILES_A_SECOND = 2000, 20
WAITING_AT_ONCE = 2
"""Of a web process's threads; the others answer people. Who finds no place is told 202 at once."""
_places = threading.BoundedSemaphore(WAITING_AT_ONCE)

pace = Pace(at_once=FILES_AT_ONCE, per_second=FILES_A_SECOND)
"""A station may send a week of five-minute files at once, then twenty a second."""


class NotKept(exceptions.APIException):
    """A refusal of the door: nothing was kept, so the logger has to send again."""


class NoLength(NotKept):
    """411: the length of the body is not told beforehand."""

    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_code = "length_required"
    default_detail = gettext_lazy("Tell the length of the file (Content-Length).")


class TooLarge(NotKept):
    """413: above 1 MiB."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = gettext_lazy("The file is larger than 1 MiB.")


class NotRaw(NotKept):
    """415: a form was sent instead of the file's bytes."""

    status_code = status.HTTP_415_UNSUPPORTED_MEDIA_TYPE
    default_code = "not_raw"
    default_detail = gettext_lazy("Send the bytes of the file as the body, not a form.")


class CutOff(NotKept):
    """400: fewer bytes came than were announced."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "cut_off"
    default_detail = gettext_lazy("The file was cut off on the way; nothing was kept.")


class CannotCheck(NotKept):
    """503: the token is not in the snapshot and the register cannot be asked."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "cannot_check"
    default_detail = gettext_lazy("The token cannot be checked now; send again later.")


class CannotKeep(NotKept):
    """503: the disk cannot be written."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "cannot_keep"
    default_detail = gettext_lazy("The file cannot be kept now; send again later.")


class DiskFull(NotKept):
    """507: no room."""

    status_code = status.HTTP_507_INSUFFICIENT_STORAGE
    default_code = "disk_full"
    default_detail = gettext_lazy("The disk is full; nothing was kept, send again later.")


class StationTokenAuthentication(PersonTokenAuthentication):
    """A station's token, by the snapshot; the register is asked only about one it does not know."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, int]:  # type: ignore[override]
        """Nobody, and the id of the station that speaks."""
        secret = bearer_token(request)
        if not secret:
            raise exceptions.NotAuthenticated(_("Send the station's token: Authorization: Token …"))
        station = _accounts(snapshot_file(), digest_key()).station_of_token(secret)
        return AnonymousUser(), _station_in_register(secret) if station is None else station


class StationTokenScheme(PersonTokenScheme):
    """The token in the description of the API."""

    target_class = StationTokenAuthentication
    name = "station token"


@lru_cache(maxsize=4)
def _accounts(path: Path, key: bytes) -> Accounts:
    """The snapshot of this host, which looks by itself whether it was renewed."""
    return Accounts(path, key=key)


def _station_in_register(secret: str) -> int:
    """The station of a token that is younger than the snapshot."""
    try:
        token = token_of(secret)
    except DatabaseError as error:
        raise CannotCheck from error
    if token is None:
        raise unknown_token()
    if token.station_id is None:
        raise exceptions.PermissionDenied(
            _("Only a station's token sends files; this is a person's.")
        )
    return token.station_id


def keep_pace(station_id: int) -> None:
    """Refuses a station that sends far more than any logger does."""
    wait = pace.wait_of(station_id)
    if wait > 0:
        seconds = int(wait) + 1
        text = ngettext(
            "Too many files at once; go on in %(seconds)d second.",
            "Too many files at once; go on in %(seconds)d seconds.",
            seconds,
        )
        refusal = exceptions.Throttled(wait)
        refusal.detail = exceptions.ErrorDetail(text % {"seconds": seconds}, "throttled")
        raise refusal


def body_of(request: HttpRequest) -> bytes:
    """The bytes of the file; no more than 1 MiB of them is ever read."""
    if request.META.get("CONTENT_TYPE", "").startswith("multipart/"):
        raise NotRaw
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        raise NoLength
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal():
        raise NoLength
    if int(length) > MAX_FILE_BYTES:
        raise TooLarge
    try:
        raw = request.read(int(length))
    except UnreadablePostError as error:
        raise CutOff from error
    if len(raw) != int(length):
        raise CutOff
    return raw


def spool_file(spool: Spool, raw: bytes, *, station_id: int, peer: str, name: str) -> Entry:
    """Keeps a file of a station, durably when this returns."""
    try:
        return spool.put(
            raw,
            door=Delivery.Door.HTTP.value,
            account=account_of_station(station_id),
            peer=peer[:64],
            name=name,
        )
    except SpoolUnavailable as error:
        raise (DiskFull if error.full else CannotKeep) from error


def stored_within(spool: Spool, entry: Entry, seconds: float) -> Delivery | None:
    """The delivery made of an entry, if that happens in time; None too while nobody can say."""
    if not _leaves_within(spool, entry, seconds):
        return None
    try:
        return Delivery.objects.defer("raw").filter(id=entry.id).first()
    except DatabaseError:
        return None


def _leaves_within(spool: Spool, entry: Entry, seconds: float) -> bool:
    """Whether the entry leaves the spool in time, which it does once it is committed."""
    if not _places.acquire(blocking=False):
        return False
    try:
        until = time.monotonic() + seconds
        while spool.holds(entry):
            if time.monotonic() >= until:
                return False
            time.sleep(LOOKS_EVERY)
        return True
    finally:
        _places.release()
