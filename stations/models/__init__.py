"""The register: who is watched, by whom, under which rule. Knows nothing of readings."""

from stations.models.access import FtpAccount, Membership, Person, Token
from stations.models.agency import Agency, Contact, Jurisdiction, Operator
from stations.models.channel import Channel, ChannelInterval, Instrument, PermitLimit
from stations.models.document import Document
from stations.models.facility import (
    DesignFlow,
    Facility,
    FacilityUnit,
    PollutingType,
    ReceivingWater,
)
from stations.models.parameter import Medium, Parameter, UnitConversion, UnitOfMeasure
from stations.models.permit import Permit
from stations.models.regulation import Edition, EditionLimit, Period, Provenance, Regulation
from stations.models.setting import IndexTable, RuleSetting
from stations.models.station import (
    AirClass,
    FilePrefix,
    GasFlow,
    JudgedBy,
    KvZone,
    SamplingInterval,
    SourceType,
    StampSetting,
    Station,
)
from stations.models.unit import Unit, Zone

__all__ = [
    "Agency",
    "AirClass",
    "Channel",
    "ChannelInterval",
    "Contact",
    "DesignFlow",
    "Document",
    "Edition",
    "EditionLimit",
    "Facility",
    "FacilityUnit",
    "FilePrefix",
    "FtpAccount",
    "GasFlow",
    "IndexTable",
    "Instrument",
    "JudgedBy",
    "Jurisdiction",
    "KvZone",
    "Medium",
    "Membership",
    "Operator",
    "Parameter",
    "Period",
    "Permit",
    "PermitLimit",
    "Person",
    "PollutingType",
    "Provenance",
    "ReceivingWater",
    "Regulation",
    "RuleSetting",
    "SamplingInterval",
    "SourceType",
    "StampSetting",
    "Station",
    "Token",
    "Unit",
    "UnitConversion",
    "UnitOfMeasure",
    "Zone",
]
