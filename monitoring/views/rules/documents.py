"""Documents that rules rest on: a list, their details, and their files for who may see them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from monitoring.views.rules.access import keeps_the_law, require_keeper_of_the_law
from stations.models import Document
from stations.services.documents import documents_for
from stations.services.rule_changes import keep_document
from stations.views.filters import Filters, page_of, search
from stations.views.person import person_of
from stations.views.rule_fields import PaperForm


class DocumentForm(PaperForm):
    """A document by itself."""

    needs_document = True

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        del self.fields["reason"]


@login_required
@require_safe
def document_list(request: HttpRequest) -> HttpResponse:
    """The documents that the reader may see."""
    filters = Filters(request, search(_("Number, title or issuer")))
    rows = documents_for(person_of(request)).order_by("-date", "number")
    if word := filters["q"]:
        rows = rows.filter(
            Q(number__icontains=word) | Q(title__icontains=word) | Q(issuer__icontains=word)
        )
    page, pages = page_of(rows, filters, request)
    shown = {
        "filters": filters.fields,
        "filtered": filters.filtered,
        "found": page.paginator.count,
        "documents": page.object_list,
        "pages": pages,
        "may_edit": keeps_the_law(request),
    }
    return render(request, "pages/rules/documents.html", shown)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def document_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new document, or more about one."""
    require_keeper_of_the_law(request)
    document = None if pk is None else get_object_or_404(Document, pk=pk)
    form = DocumentForm(
        request.POST or None,
        request.FILES or None,
        by=person_of(request),
        initial={}
        if document is None
        else {
            "document_number": document.number,
            "document_date": document.date,
            "document_issuer": document.issuer,
            "document_title": document.title,
        },
    )
    if document is not None:
        form.fields["document_number"].disabled = True
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        keep_document(
            number=told["document_number"],
            date=told["document_date"],
            issuer=told["document_issuer"],
            title=told["document_title"],
            file=told["document_file"] or None,
            by=person_of(request),
        )
        messages.success(request, _("The document is kept."))
        return redirect("rule-documents")
    return render(request, "pages/rules/document.html", {"form": form, "document": document})


@login_required
@require_safe
def document_file(request: HttpRequest, pk: int) -> FileResponse:
    """The file of a document; a stranger's is not there. Never shown inside our own pages."""
    document = get_object_or_404(documents_for(person_of(request)), pk=pk)
    if not document.file:
        raise Http404
    try:
        content = document.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    name = str(document.file.name).rsplit("/", 1)[-1]
    answer = FileResponse(content, as_attachment=True, filename=name)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
