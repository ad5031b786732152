"""Rows of the register with only what a row must have. A test says what it is about."""

from __future__ import annotations

import factory
from factory.django import DjangoModelFactory

from stations import models


class UnitFactory(DjangoModelFactory):
    class Meta:
        model = models.Unit

    code = factory.Sequence(lambda n: f"U{n}")
    name = factory.LazyAttribute(lambda unit: f"Đơn vị {unit.code}")


class ZoneFactory(DjangoModelFactory):
    class Meta:
        model = models.Zone
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"Z{n}")
    name = factory.LazyAttribute(lambda zone: f"Khu {zone.code}")
    kind = models.Zone.Kind.ZONE

    @factory.post_generation
    def units(self, create: bool, extracted: list[models.Unit] | None, **_: object) -> None:
        self.units.set(extracted or [])


class OperatorFactory(DjangoModelFactory):
    class Meta:
        model = models.Operator

    name = factory.Sequence(lambda n: f"Công ty Minh họa {n}")


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = models.Contact

    operator = factory.SubFactory(OperatorFactory)
    email = factory.Sequence(lambda n: f"lienhe{n}@mau.example")


class AgencyFactory(DjangoModelFactory):
    class Meta:
        model = models.Agency

    code = factory.Sequence(lambda n: f"CQ{n}")
    name = factory.LazyAttribute(lambda agency: f"Cơ quan {agency.code}")
    kind = models.Agency.Kind.ENVIRONMENT


class JurisdictionFactory(DjangoModelFactory):
    class Meta:
        model = models.Jurisdiction

    agency = factory.SubFactory(AgencyFactory)
    what = models.Jurisdiction.What.PROVINCE


class PersonFactory(DjangoModelFactory):
    class Meta:
        model = models.Person

    username = factory.Sequence(lambda n: f"nguoi{n}")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = models.Membership

    person = factory.SubFactory(PersonFactory)
    agency = factory.SubFactory(AgencyFactory)


class FacilityFactory(DjangoModelFactory):
    class Meta:
        model = models.Facility

    code = factory.Sequence(lambda n: f"CS{n}")
    name = factory.LazyAttribute(lambda facility: f"Nhà máy Minh họa {facility.code}")
    kind = models.Facility.Kind.PLANT


class StationFactory(DjangoModelFactory):
    class Meta:
        model = models.Station

    facility = factory.SubFactory(FacilityFactory)
    code = factory.Sequence(lambda n: f"T{n}")
    name = factory.LazyAttribute(lambda station: station.code)
    medium = models.Medium.WASTEWATER


class ChannelFactory(DjangoModelFactory):
    """A channel of an existing parameter: `ChannelFactory(station=…, symbol="COD")`."""

    class Meta:
        model = models.Channel

    station = factory.SubFactory(StationFactory)
    symbol = "COD"
    parameter = factory.LazyAttribute(
        lambda channel: models.Parameter.objects.get(symbol=channel.symbol)
    )
    unit = factory.LazyAttribute(lambda channel: channel.parameter.units[channel.station.medium])
    slot = factory.LazyAttribute(lambda channel: channel.station.channels.count() + 1)


class FtpAccountFactory(DjangoModelFactory):
    class Meta:
        model = models.FtpAccount
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"logger{n}")

    @factory.post_generation
    def stations(self, create: bool, extracted: list[models.Station] | None, **_: object) -> None:
        self.stations.set(extracted or [])
