"""How each parameter usually behaves: its size, its unit in files, its daily and weekly life.

The sizes are invented, of a likely order, and well under the limits of the column a station is
judged by, so that only what story.py tells stands out.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Nature:
    """The life of one parameter in one medium; the changes are shares of its usual value.

    `unit` is as loggers spell it, `shape` names the course of the day, `slow` is minutes a result,
    `spread` how far apart two stations lie.
    """

    unit: str
    decimals: int
    shape: str
    swing: float
    drift: float
    noise: float
    season: float = 0.0
    slow: int = 5
    spread: float = 0.2


def _water(decimals: int = 1, slow: int = 5, shape: str = "work") -> Nature:
    return Nature("mg/L", decimals, shape, 0.10, 0.10, 0.04, slow=slow)


def _stack_gas(noise: float = 0.05) -> Nature:
    return Nature("mg/Nm3", 1, "work", 0.10, 0.10, noise)


def _ambient(swing: float, decimals: int = 1, shape: str = "traffic") -> Nature:
    return Nature("µg/Nm3", decimals, shape, swing, 0.15, 0.06)


WASTEWATER = {
    "FlowIn": Nature("m3/h", 1, "work", 0.20, 0.01, 0.02, spread=0.0),
    "FlowOut": Nature("m3/h", 1, "work", 0.20, 0.01, 0.02, spread=0.0),
    "Temp": Nature("oC", 1, "sun", 0.02, 0.02, 0.004, season=0.05, spread=0.05),
    "Color": Nature("Pt-Co", 0, "work", 0.08, 0.10, 0.03),
    "pH": Nature("-", 2, "work", 0.01, 0.02, 0.004, spread=0.04),
    "TSS": _water(),
    "COD": _water(slow=15),
    "BOD5": _water(slow=30),
    "NH4": _water(decimals=2, slow=30),
    "TN": _water(decimals=2, slow=30),
    "TP": _water(decimals=2, slow=30),
    "Cl": _water(decimals=2),
}
SURFACE_WATER = {
    "Temp": Nature("oC", 1, "sun", 0.03, 0.02, 0.003, season=0.15, spread=0.05),
    "pH": Nature("-", 2, "sun", 0.01, 0.02, 0.003, spread=0.03),
    "DO": Nature("mg/L", 2, "sun", 0.02, 0.01, 0.006, spread=0.02),
    "EC": Nature("uS/cm", 0, "flat", 0.0, 0.08, 0.01),
    "Turb": Nature("NTU", 1, "flat", 0.0, 0.15, 0.05),
    "TSS": _water(shape="flat"),
    "COD": _water(slow=15, shape="flat"),
    "BOD5": _water(slow=30, shape="flat"),
    "NH4": _water(decimals=3, slow=30, shape="flat"),
    "NO3": _water(decimals=2, slow=30, shape="flat"),
    "PO4": _water(decimals=3, slow=30, shape="flat"),
    "Level": Nature("m", 2, "flat", 0.0, 0.15, 0.004),
}
EMISSION = {
    "Flow": Nature("m3/h", 0, "work", 0.08, 0.05, 0.02),
    "Temp": Nature("oC", 1, "work", 0.04, 0.04, 0.01),
    "P": Nature("kPa", 2, "flat", 0.0, 0.003, 0.0008, spread=0.01),
    "O2": Nature("%V", 2, "flat", 0.0, 0.05, 0.02, spread=0.1),
    "PM": _stack_gas(0.06),
    "SO2": _stack_gas(),
    "NOx": _stack_gas(),
    "CO": _stack_gas(0.06),
    "HCl": _stack_gas(),
    "NH3": _stack_gas(),
}
AMBIENT_AIR = {
    "Temp": Nature("oC", 1, "sun", 0.12, 0.04, 0.006, season=0.22, spread=0.05),
    "RH": Nature("%", 1, "night", 0.12, 0.06, 0.01, spread=0.06),
    "P": Nature("kPa", 2, "flat", 0.0, 0.004, 0.0003, spread=0.004),
    "WS": Nature("m/s", 1, "sun", 0.30, 0.30, 0.15),
    "WD": Nature("°", 0, "flat", 0.0, 0.50, 0.05),
    "SO2": _ambient(0.15),
    "NO": _ambient(0.35),
    "NO2": _ambient(0.30),
    "CO": _ambient(0.25, decimals=0),
    "O3": _ambient(0.60, shape="sun"),
    "PM10": _ambient(0.20),
    "PM2.5": _ambient(0.20),
    "TSP": _ambient(0.20),
}
NATURES = {
    "wastewater": WASTEWATER,
    "surface_water": SURFACE_WATER,
    "emission": EMISSION,
    "ambient_air": AMBIENT_AIR,
}

# The usual value by medium and grade: the column that a water is judged by; for stacks the edition.
USUAL: dict[tuple[str, str], dict[str, float]] = {
    ("wastewater", "A"): {
        "Temp": 28, "Color": 22, "pH": 7.2, "TSS": 17, "COD": 29, "BOD5": 11,
        "NH4": 1.7, "TN": 7.5, "TP": 1.3, "Cl": 0.3,
    },
    ("wastewater", "B"): {
        "Temp": 28.5, "Color": 60, "pH": 7.3, "TSS": 32, "COD": 52, "BOD5": 17,
        "NH4": 3.2, "TN": 14, "TP": 1.9, "Cl": 0.6,
    },
    ("surface_water", "A"): {
        "Temp": 25, "pH": 7.2, "DO": 8.0, "EC": 180, "Turb": 14, "TSS": 12, "COD": 5.5,
        "BOD5": 2.0, "NH4": 0.12, "NO3": 0.6, "PO4": 0.05, "Level": 3.1,
    },
    ("surface_water", "B"): {
        "Temp": 25.5, "pH": 7.1, "DO": 6.9, "EC": 240, "Turb": 28, "TSS": 38, "COD": 8.0,
        "BOD5": 3.0, "NH4": 0.14, "NO3": 0.9, "PO4": 0.09, "Level": 2.6,
    },
    ("emission", "QCVN 19:2009/BTNMT"): {
        "Temp": 128, "P": 101.2, "O2": 11, "PM": 62, "SO2": 135, "NOx": 215, "CO": 260,
        "HCl": 14, "NH3": 17,
    },
    ("emission", "QCVN 19:2024/BTNMT"): {
        "Temp": 142, "P": 101.1, "O2": 8.2, "PM": 17, "SO2": 70, "NOx": 92, "CO": 110,
    },
    ("ambient_air", "only"): {
        "Temp": 25, "RH": 76, "P": 100.9, "WS": 2.1, "WD": 150, "SO2": 22, "NO": 9, "NO2": 26,
        "CO": 1150, "O3": 48, "PM10": 40, "PM2.5": 21, "TSP": 70,
    },
}  # fmt: skip
