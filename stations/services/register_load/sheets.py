"""A register as sheets of a workbook: which sheets, which columns, and what each column holds.

Headings are Vietnamese whoever reads them: they are the format of the file. What the cells say are
the same words as in YAML. A sheet that belongs to another names its row there by code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from stations.models import (
    AirClass,
    Contact,
    Facility,
    Jurisdiction,
    Medium,
    Membership,
    Period,
    ReceivingWater,
    Unit,
    Zone,
)
from stations.services.register_load.agencies import USUALLY


class Holds(Enum):
    """What the cells of a column hold."""

    TEXT = auto()
    NUMBER = auto()
    DAY = auto()
    FLAG = auto()
    TEXTS = auto()  # parted by ";"
    VALUE = auto()  # a number, true or false, or text: whatever the dated thing takes


@dataclass(frozen=True)
class Column:
    """One column: its heading, its name in the register file, and the words it may hold."""

    heading: str
    name: str
    holds: Holds = Holds.TEXT
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """One sheet of the workbook."""

    title: str
    columns: tuple[Column, ...]

    def column(self, heading: str) -> Column | None:
        """The column of a heading, or of a name in the register file."""
        wanted = heading.strip().casefold()
        for column in self.columns:
            if wanted in (column.heading.casefold(), column.name.casefold()):
                return column
        return None


NUMBER, DAY, FLAG, TEXTS = Holds.NUMBER, Holds.DAY, Holds.FLAG, Holds.TEXTS
SEPARATOR = ";"
FROM_UNTIL = (Column("Từ ngày", "from", DAY), Column("Đến ngày", "until", DAY))
PLACE = (Column("Vĩ độ", "lat", NUMBER), Column("Kinh độ", "lon", NUMBER))
LANGUAGE = Column("Ngôn ngữ", "language", words=("vi", "en"))
ROLE = Column("Vai trò", "role", words=tuple(Membership.Role.values))
CHANNEL = (Column("Mã trạm", "station"), Column("Ký hiệu kênh", "channel"))
INSTRUMENT = (
    Column("Số sê-ri", "serial"),
    Column("Hãng, kiểu máy", "model"),
    Column("Dải đo từ", "range_low", NUMBER),
    Column("Dải đo đến", "range_high", NUMBER),
    Column("Tên gọi khác", "aliases", TEXTS),
    Column("Hệ số", "factor", NUMBER),
    Column("Đơn vị trong tệp", "file_unit"),
    Column("Giá trị được phép đứng yên, phút", "still_minutes", NUMBER),
    Column("Căn cứ cho phép đứng yên", "still_source"),
)

UNITS = Sheet(
    "Đơn vị hành chính",
    (
        Column("Mã", "code"),
        Column("Cấp", "kind", words=tuple(Unit.Kind.values)),
        Column("Tên", "name"),
        Column("Thuộc đơn vị", "parent"),
        *FROM_UNTIL,
        *PLACE,
    ),
)
ZONES = Sheet(
    "Khu, cụm công nghiệp",
    (
        Column("Mã", "code"),
        Column("Loại", "kind", words=tuple(Zone.Kind.values)),
        Column("Tên", "name"),
        Column("Nằm trên địa bàn", "units", TEXTS),
        *PLACE,
    ),
)
AGENCIES = Sheet(
    "Cơ quan",
    (
        Column("Mã", "code"),
        Column("Loại", "kind", words=tuple(kind.value for kind in USUALLY)),
        Column("Tên", "name"),
        Column("E-mail", "emails", TEXTS),
        LANGUAGE,
        Column("Địa bàn", "unit"),
    ),
)
JURISDICTIONS = Sheet(
    "Phạm vi phụ trách",
    (
        Column("Mã cơ quan", "agency"),
        Column("Phạm vi", "what", words=tuple(Jurisdiction.What.values)),
        Column("Mã phạm vi", "code"),
        *FROM_UNTIL,
    ),
)
FACILITIES = Sheet(
    "Cơ sở",
    (
        Column("Mã", "code"),
        Column("Tên", "name"),
        Column("Loại", "kind", words=tuple(Facility.Kind.values)),
        Column("Khu, cụm", "zone"),
        Column("Đơn vị hành chính", "unit"),
        Column("Địa phương đầu tư", "owned_by_unit"),
        *PLACE,
        Column("Đơn vị vận hành", "operator"),
        Column("E-mail đơn vị vận hành", "emails", TEXTS),
        Column("Công suất thiết kế, m³/ngày", "design_flow_m3_per_day", NUMBER),
        Column("Loại hình có nguy cơ ô nhiễm", "polluting_type", FLAG),
        Column("Nguồn tiếp nhận", "water_kind", words=tuple(ReceivingWater.Kind.values)),
        Column("Lưu lượng sông, m³/s", "flow_m3_per_s", NUMBER),
        Column("Dung tích hồ, m³", "volume_m3", NUMBER),
    ),
)
CONTACTS = Sheet(
    "Liên hệ",
    (
        Column("Mã cơ sở", "facility"),
        Column("Họ tên", "name"),
        Column("Vai trò", "role", words=tuple(Contact.Role.values)),
        Column("E-mail", "email"),
        Column("Điện thoại", "phone"),
        LANGUAGE,
        *FROM_UNTIL,
    ),
)
PERMITS = Sheet(
    "Giấy phép môi trường",
    (
        Column("Mã cơ sở", "facility"),
        Column("Số giấy phép", "number"),
        Column("Quy chuẩn", "regulation"),
        Column("Cột", "column"),
        Column("Kq", "kq", NUMBER),
        Column("Kf", "kf", NUMBER),
        Column("Lưu lượng xả tối đa, m³/ngày", "flow_m3_per_day", NUMBER),
        *FROM_UNTIL,
        Column("Đã đối chiếu với", "confirmed"),
    ),
)
STATIONS = Sheet(
    "Trạm",
    (
        Column("Mã cơ sở", "facility"),
        Column("Mã", "code"),
        Column("Tên", "name"),
        Column("Thành phần môi trường", "medium", words=tuple(Medium.values)),
        Column("Tiền tố tên tệp", "file_prefix"),
        Column("Chu kỳ, phút", "interval_minutes", NUMBER),
        Column("Thời điểm ghi là cuối kỳ đo", "stamp_closes_window", FLAG),
        Column("Lưu lượng khí thải, m³/h", "gas_flow_m3_per_hour", NUMBER),
        Column("Vùng Kv", "kv_zone", NUMBER),
        Column("Loại nguồn thải", "source_type"),
        Column("Được công bố", "air_class", words=tuple(AirClass.Kind.values)),
        *PLACE,
        Column("Ngày cuối", "until", DAY),
    ),
)
ACCOUNTS = Sheet(
    "Tài khoản FTP",
    (
        Column("Mã trạm", "station"),
        Column("Tên đăng nhập", "username"),
        Column("Hoạt động", "active", FLAG),
        Column("Mật khẩu", "password"),
    ),
)
JUDGED_BY = Sheet(
    "Quy chuẩn áp dụng",
    (
        Column("Mã trạm", "station"),
        Column("Quy chuẩn", "regulation"),
        Column("Cột", "column"),
        *FROM_UNTIL,
        Column("Đã đối chiếu với", "confirmed"),
    ),
)
CHANNELS = Sheet(
    "Kênh",
    (
        Column("Mã trạm", "station"),
        Column("Thông số", "parameter"),
        Column("Ký hiệu", "symbol"),
        Column("Chu kỳ, phút", "interval_minutes", NUMBER),
        *INSTRUMENT,
        Column("Ngày cuối", "until", DAY),
    ),
)
INSTRUMENTS = Sheet("Thiết bị", (*CHANNEL, *INSTRUMENT, *FROM_UNTIL))
LIMITS = Sheet(
    "Giới hạn theo giấy phép",
    (
        *CHANNEL,
        Column("Tối đa", "max", NUMBER),
        Column("Tối thiểu", "min", NUMBER),
        Column("Kỳ trung bình", "period", words=tuple(Period.values)),
        *FROM_UNTIL,
        Column("Căn cứ", "source"),
        Column("Số giấy phép", "permit"),
        Column("C ghi trong giấy phép", "printed_c", NUMBER),
        Column("Đã đối chiếu với", "confirmed"),
        Column("Thay quy chuẩn", "replaces", FLAG),
        Column("Tỷ lệ số liệu tối thiểu", "min_capture", NUMBER),
        Column("Thời gian chờ, phút", "grace_minutes", NUMBER),
        Column("Ôxy tham chiếu, %", "reference_oxygen_percent", NUMBER),
    ),
)
OVER_TIME = Sheet(
    "Thay đổi theo thời gian",
    (
        Column("Mã cơ sở", "facility"),
        Column("Mã trạm", "station"),
        Column("Ký hiệu kênh", "channel"),
        Column("Mục", "what"),
        Column("Giá trị", "value", Holds.VALUE),
        Column("Lưu lượng sông, m³/s", "flow_m3_per_s", NUMBER),
        Column("Dung tích hồ, m³", "volume_m3", NUMBER),
        *FROM_UNTIL,
    ),
)
PEOPLE = Sheet(
    "Người dùng",
    (
        Column("Tên đăng nhập", "username"),
        Column("Họ tên", "name"),
        Column("E-mail", "email"),
        Column("Điện thoại", "phone"),
        LANGUAGE,
        Column("Mã cơ quan", "agency"),
        ROLE,
        Column("Vận hành cơ sở", "operator_of", TEXTS),
        Column("Hoạt động", "active", FLAG),
        Column("Mật khẩu", "password"),
    ),
)
MEMBERSHIPS = Sheet(
    "Thời gian công tác",
    (
        Column("Tên đăng nhập", "username"),
        Column("Mã cơ quan", "agency"),
        ROLE,
        Column("Vận hành cơ sở", "operator_of"),
        *FROM_UNTIL,
    ),
)

SHEETS = (
    UNITS,
    ZONES,
    AGENCIES,
    JURISDICTIONS,
    FACILITIES,
    CONTACTS,
    PERMITS,
    STATIONS,
    ACCOUNTS,
    JUDGED_BY,
    CHANNELS,
    INSTRUMENTS,
    LIMITS,
    OVER_TIME,
    PEOPLE,
    MEMBERSHIPS,
)
