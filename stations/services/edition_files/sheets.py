"""An edition as sheets of a workbook. Headings are Vietnamese: they are the format of the file."""

from __future__ import annotations

from stations.models import Medium, Period
from stations.services.register_load.sheets import (
    DAY,
    FLAG,
    FROM_UNTIL,
    NUMBER,
    TEXTS,
    Column,
    Sheet,
)

EDITION = Sheet(
    "Quy chuẩn",
    (
        Column("Nhóm quy chuẩn", "regulation"),
        Column("Tên", "title"),
        Column("Số hiệu", "code"),
        Column("Thành phần môi trường", "medium", words=tuple(Medium.values)),
        Column("Các cột", "columns", TEXTS),
        Column("Hiệu lực từ", "from", DAY),
        Column("Hiệu lực đến", "until", DAY),
        Column("Kỳ trung bình", "period", words=tuple(Period.values)),
        Column("Tỷ lệ số liệu tối thiểu", "min_capture", NUMBER),
        Column("Thời gian chờ, phút", "grace_minutes", NUMBER),
        Column("Ôxy tham chiếu, %", "reference_oxygen", NUMBER),
        Column("Ghi chú", "note"),
    ),
)
LIMITS = Sheet(
    "Giá trị C",
    (
        Column("Thông số", "parameter"),
        Column("Loại nguồn thải", "source_type"),
        Column("Kỳ trung bình", "period", words=tuple(Period.values)),
        Column("Cột", "column"),
        Column("Tối thiểu", "min", NUMBER),
        Column("Tối đa", "max", NUMBER),
        Column("Nhân hệ số", "takes_factors", FLAG),
        *FROM_UNTIL,
        Column("Ghi chú", "note"),
    ),
)
BANDS = ("kq_river", "kq_lake", "kf", "kp")
FACTORS = Sheet(
    "Hệ số",
    (
        Column("Bảng", "table", words=(*BANDS, "kq_unknown", "kv")),
        Column("Đến và bằng", "up_to", NUMBER),
        Column("Vùng, loại", "name"),
        Column("Hệ số", "factor", NUMBER),
    ),
)
SHEETS = (EDITION, LIMITS, FACTORS)
