"""Addresses of the rules."""

from __future__ import annotations

from django.urls import path

from monitoring.views.rules import (
    basis,
    confirming,
    corrections,
    documents,
    editions,
    histories,
    permits,
)

urlpatterns = [
    path("rules/", editions.edition_list, name="rule-list"),
    path("rules/new/", editions.edition_edit, name="rule-new"),
    path("rules/file/", editions.edition_file, name="rule-file"),
    path("rules/unconfirmed/", confirming.unconfirmed, name="rule-unconfirmed"),
    path("rules/corrections/", corrections.correction_list, name="rule-corrections"),
    path("rules/documents/", documents.document_list, name="rule-documents"),
    path("rules/documents/new/", documents.document_edit, name="rule-document-new"),
    path("rules/documents/<int:pk>/", documents.document_edit, name="rule-document"),
    path("rules/documents/<int:pk>/file/", documents.document_file, name="rule-document-file"),
    path("rules/<int:pk>/", editions.edition_detail, name="rule-edition"),
    path("rules/<int:pk>/history/", histories.edition_history, name="rule-edition-history"),
    path("rules/<int:pk>/edit/", editions.edition_edit, name="rule-edition-edit"),
    path("rules/<int:pk>/edition.<str:kind>", editions.edition_download, name="rule-download"),
    path("rules/<int:pk>/numbers/new/", editions.cell_edit, name="rule-cell-new"),
    path("rules/<int:pk>/numbers/<int:cell>/", editions.cell_edit, name="rule-cell"),
    path("rules/<int:pk>/numbers/<int:cell>/out/", editions.cell_out, name="rule-cell-out"),
    path("rules/<int:pk>/confirm/", confirming.confirm_edition, name="rule-confirm-edition"),
    path("rules/confirm/rule/<int:pk>/", confirming.confirm_judged_by, name="rule-confirm-rule"),
    path("rules/confirm/permit/<int:pk>/", confirming.confirm_a_permit, name="rule-confirm-permit"),
    path("rules/confirm/limit/<int:pk>/", confirming.confirm_a_limit, name="rule-confirm-limit"),
    path("facilities/<str:code>/basis/", basis.facility_basis, name="rule-basis"),
    path(
        "facilities/<str:code>/basis/<str:kind>/",
        basis.change_of_facility,
        name="rule-basis-facility",
    ),
    path(
        "facilities/<str:code>/basis/<str:kind>/<int:row>/",
        basis.change_of_facility,
        name="rule-basis-facility-row",
    ),
    path("facilities/<str:code>/rules/", histories.facility_history, name="rule-history"),
    path("facilities/<str:code>/permits/new/", permits.permit_edit, name="rule-permit-new"),
    path("facilities/<str:code>/permits/<int:pk>/", permits.permit_detail, name="rule-permit"),
    path(
        "facilities/<str:code>/permits/<int:pk>/edit/", permits.permit_edit, name="rule-permit-edit"
    ),
    path("stations/<str:code>/basis/", basis.station_basis, name="rule-station"),
    path(
        "stations/<str:code>/basis/<str:kind>/",
        basis.change_of_station,
        name="rule-basis-station",
    ),
    path(
        "stations/<str:code>/basis/<str:kind>/<int:row>/",
        basis.change_of_station,
        name="rule-basis-station-row",
    ),
]
