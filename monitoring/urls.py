"""Overview, stations, files."""

from __future__ import annotations

from django.urls import include, path

from monitoring.views import (
    calendar,
    changes,
    deliveries,
    delivery,
    door,
    explain,
    flow,
    laboratory,
    overview,
    rereads,
    station,
    stations,
    trial,
    verdict,
)
from monitoring.views.approval import detail, form, listing, month, months
from monitoring.views.works import detail as work
from monitoring.views.works import form as work_form
from monitoring.views.works import listing as works

urlpatterns = [
    path("laboratory/", laboratory.study_list, name="study-list"),
    path("laboratory/new/", laboratory.study_new, name="study-new"),
    path("laboratory/<int:pk>/", laboratory.study_detail, name="study"),
    path("laboratory/<int:pk>/<str:code>/", laboratory.study_sheet, name="study-sheet"),
    path("trial/", trial.trial_list, name="trial-list"),
    path("trial/new/", trial.trial_new, name="trial-new"),
    path("trial/<int:pk>/", trial.trial_detail, name="trial"),
    path("trial/<int:pk>/timeline.yaml", trial.trial_yaml, name="trial-yaml"),
    path("trial/shipped/<slug:key>.yaml", trial.shipped_yaml, name="trial-shipped"),
    path("", overview.overview, name="overview"),
    path("stations/", stations.station_list, name="station-list"),
    path("stations/<str:code>/", station.station_detail, name="station-detail"),
    path(
        "stations/<str:code>/months/<int:year>/<int:month>/",
        month.station_month,
        name="station-month",
    ),
    path(
        "stations/<str:code>/months/<int:year>/<int:month>/close/",
        month.close,
        name="station-month-close",
    ),
    path("months/", months.month_list, name="month-list"),
    path("exclusions/", listing.exclusion_list, name="exclusion-list"),
    path("exclusions/new/", form.exclusion_new, name="exclusion-new"),
    path("exclusions/<int:pk>/", detail.exclusion_detail, name="exclusion-detail"),
    path("exclusions/<int:pk>/approve/", detail.approve, name="exclusion-approve"),
    path("exclusions/<int:pk>/refuse/", detail.refuse, name="exclusion-refuse"),
    path("exclusions/<int:pk>/revoke/", detail.revoke, name="exclusion-revoke"),
    path("exclusions/<int:pk>/document/", detail.document, name="exclusion-document"),
    path("works/", works.work_list, name="work-list"),
    path("works/new/", work_form.work_new, name="work-new"),
    path("works/<int:pk>/", work.work_detail, name="work-detail"),
    path("works/<int:pk>/approve/", work.approve, name="work-approve"),
    path("works/<int:pk>/refuse/", work.refuse, name="work-refuse"),
    path("works/<int:pk>/withdraw/", work.withdraw, name="work-withdraw"),
    path("works/<int:pk>/end/", work.end_early, name="work-end"),
    path("door/", door.door, name="door"),
    path("flows/", flow.flow_signs, name="flow-signs"),
    path("stations/<str:code>/calendar/", calendar.station_calendar, name="station-calendar"),
    path("stations/<str:code>/why/", explain.explain_hour, name="explain"),
    path("deliveries/", deliveries.delivery_list, name="delivery-list"),
    path("deliveries/<uuid:pk>/", delivery.delivery_detail, name="delivery-detail"),
    path("deliveries/<uuid:pk>/raw/", delivery.delivery_raw, name="delivery-raw"),
    path("deliveries/<uuid:pk>/give/", rereads.give_stray, name="delivery-give"),
    path("changes/", changes.change_list, name="change-list"),
    path("changes/<uuid:old>/<uuid:new>/", changes.change_detail, name="change-detail"),
    path("rereads/", rereads.reread_list, name="reread-list"),
    path("stations/<str:code>/reread/", rereads.reread_station, name="reread-station"),
    path("verdicts/<uuid:pk>/", verdict.verdict_detail, name="verdict-detail"),
    path("", include("monitoring.views.rules.urls")),
]
