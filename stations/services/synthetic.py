"""The station that is nobody's: our own probes come from it, through the door that loggers use."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from stations.models import (
    Channel,
    Facility,
    FilePrefix,
    FtpAccount,
    Medium,
    Parameter,
    SamplingInterval,
    Station,
)
from stations.services.accounts import announce_accounts, set_ftp_password

CODE = "QTTD-PROBE"
SYMBOL = "Temp"
UNIT = "°C"


@dataclass(frozen=True, slots=True)
class ProbeLogger:
    """What the sender of probes has to know: its station, its login, and how it names files."""

    station_id: int
    username: str
    secret: str
    prefix: str


@transaction.atomic
def probe_logger(host: str) -> ProbeLogger:
    """The probe's station on a receiver host, made where there is none; with a new secret.

    The secret is known to the caller alone: who asks again makes the one before it void.
    """
    code = f"{CODE}-{host}"[:60]
    station = Station.objects.select_for_update().filter(code=code, synthetic=True).first()
    if station is None:
        station = _made(code)
    account = _account_of(station)
    secret = set_ftp_password(account=account)
    announce_accounts()
    prefix = FilePrefix.objects.get(station=station).prefix
    return ProbeLogger(station.pk, account.username, secret, prefix)


def _made(code: str) -> Station:
    facility, _is_new = Facility.objects.get_or_create(
        code=CODE, synthetic=True, defaults={"name": CODE, "kind": Facility.Kind.PUBLIC}
    )
    station = Station.objects.create(
        code=code, name=code, facility=facility, medium=Medium.WASTEWATER, synthetic=True
    )
    FilePrefix.objects.create(station=station, prefix=code)
    SamplingInterval.objects.create(station=station, minutes=1)
    Channel.objects.create(
        station=station,
        parameter=Parameter.objects.get(symbol=SYMBOL),
        slot=1,
        symbol=SYMBOL,
        unit=UNIT,
    )
    return station


def _account_of(station: Station) -> FtpAccount:
    account, is_new = FtpAccount.objects.get_or_create(username=station.code)
    if is_new:
        account.stations.add(station)
    return account
