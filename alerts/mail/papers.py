"""What goes on paper: a template made into a PDF of A4 that loads nothing from outside."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string


def pdf_of(template: str, context: dict[str, Any]) -> bytes:
    """The bytes of the PDF. Raises OSError where the system lacks Pango, ImportError without
    WeasyPrint."""
    from weasyprint import HTML

    page = render_to_string(template, context)
    return bytes(HTML(string=page, url_fetcher=_nothing_from_outside).write_pdf() or b"")


def _nothing_from_outside(url: str, *given: object, **named: object) -> dict[str, object]:
    raise ValueError(f"a sheet loads nothing: {url}")
