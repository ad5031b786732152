"""The papers behind a decision: taken in with a form, given out to who sees the station."""

from __future__ import annotations

from datetime import date
from pathlib import PurePath
from uuid import uuid4

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from monitoring.services.exclusions import CannotExclude
from stations.models import Document, Station

LARGEST = 10 * 1024 * 1024
BEGINNINGS = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "webp": (b"RIFF",),
}
"""What a file of each kind begins with: a name alone proves nothing."""

TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
}


class BadPaper(CannotExclude):
    """What was attached cannot be kept."""


def paper_from(request: HttpRequest, station: Station, *, decides: bool) -> Document | None:
    """The document that a form names or brings; None where it says nothing.

    Who decides may name a paper that is known by its number. Who asks always brings his own, kept
    with his station's code beside its number: the number of another's paper opens nothing.
    """
    number = request.POST.get("document_number", "").strip()[:80]
    on = _day(request.POST.get("document_date", ""))
    file = request.FILES.get("document_file")
    if not number and file is None:
        return None
    if decides and file is None:
        return Document.objects.get_or_create(number=number, defaults={"date": on})[0]
    name = _free_number(number or _("Attachment"), station)
    if file is None:
        return Document.objects.create(number=name, date=on)
    ending = _ending(file)
    file.name = f"{uuid4()}.{ending}"
    return Document.objects.create(number=name, date=on, file=file)


def _ending(file: UploadedFile) -> str:
    """The ending of an attached file. Raises BadPaper for what is too large or of another kind."""
    if (file.size or 0) > LARGEST:
        raise BadPaper(_("The file is larger than 10 MB. Photograph or scan it smaller."))
    ending = PurePath(file.name or "").suffix.lower().lstrip(".")
    head = file.read(16)
    file.seek(0)
    if not any(head.startswith(beginning) for beginning in BEGINNINGS.get(ending, ())):
        raise BadPaper(_("Attach a PDF, or a picture as JPG, PNG or WebP."))
    return ending


def _free_number(number: str, station: Station) -> str:
    """A number that no other document has: with the station's code, and the moment if need be."""
    named = f"{number} · {station.code}"
    if not Document.objects.filter(number=named).exists():
        return named
    return f"{named} · {timezone.localtime():%d/%m/%Y %H:%M:%S.%f}"[:120]


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
