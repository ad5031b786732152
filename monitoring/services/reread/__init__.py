"""Files read again after a change of the register: seen before it is done, then done."""

from monitoring.services.reread.applying import NotNobodys, TouchesClosedMonth, apply, give
from monitoring.services.reread.previewing import (
    FilePreview,
    Preview,
    preview,
    preview_of_stray,
)

__all__ = [
    "FilePreview",
    "NotNobodys",
    "Preview",
    "TouchesClosedMonth",
    "apply",
    "give",
    "preview",
    "preview_of_stray",
]
