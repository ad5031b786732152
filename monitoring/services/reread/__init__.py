"""Files read again after a change of the register: seen before it is done, then done."""

from monitoring.services.reread.applying import NotNobodys, TouchesClosedMonth, apply, give
from monitoring.services.reread.ordering import ReadingChange, foresee, give_stray, order_reread
from monitoring.services.reread.previewing import Preview, preview, preview_of_stray

__all__ = [
    "NotNobodys",
    "Preview",
    "ReadingChange",
    "TouchesClosedMonth",
    "apply",
    "foresee",
    "give",
    "give_stray",
    "order_reread",
    "preview",
    "preview_of_stray",
]
