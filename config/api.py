"""The addresses of the HTTP API, version 1. Every path ends in a slash."""

from __future__ import annotations

from django.urls import path

from alerts.api import alerts
from monitoring.api import (
    aqi,
    calendar,
    deliveries,
    explain,
    forecast,
    series,
    stations,
    totals,
    verdict,
    verdicts,
    works,
)
from stations.api import limits

app_name = "api"
urlpatterns = [
    path("deliveries/", deliveries.Deliveries.as_view(), name="deliveries"),
    path("deliveries/<uuid:pk>/", deliveries.DeliveryDetail.as_view(), name="delivery"),
    path("deliveries/<uuid:pk>/raw/", deliveries.DeliveryRaw.as_view(), name="delivery-raw"),
    path("stations/", stations.Stations.as_view(), name="stations"),
    path("stations/<str:code>/", stations.StationDetail.as_view(), name="station"),
    path(
        "stations/<str:code>/forecast/", forecast.StationForecast.as_view(), name="station-forecast"
    ),
    path("stations/<str:code>/series/", series.StationSeries.as_view(), name="station-series"),
    path("stations/<str:code>/aqi/", aqi.StationAir.as_view(), name="station-aqi"),
    path("stations/<str:code>/totals/", totals.StationTotals.as_view(), name="station-totals"),
    path(
        "stations/<str:code>/calendar/", calendar.StationCalendar.as_view(), name="station-calendar"
    ),
    path("explain/", explain.Explain.as_view(), name="explain"),
    path("stations/<str:code>/explain/", explain.StationExplain.as_view(), name="station-explain"),
    path("stations/<str:code>/limits/", limits.StationLimits.as_view(), name="station-limits"),
    path("verdicts/", verdicts.Verdicts.as_view(), name="verdicts"),
    path("verdicts/<uuid:pk>/", verdict.VerdictDetail.as_view(), name="verdict"),
    path("alerts/", alerts.Alerts.as_view(), name="alerts"),
    path("alerts/<int:pk>/", alerts.AlertDetail.as_view(), name="alert"),
    path("alerts/<int:pk>/acknowledge/", alerts.Acknowledge.as_view(), name="alert-acknowledge"),
    path("alerts/<int:pk>/answer/", alerts.GiveAnswer.as_view(), name="alert-answer"),
    path("alerts/<int:pk>/verify/", alerts.Verify.as_view(), name="alert-verify"),
    path("alerts/<int:pk>/return/", alerts.SendBack.as_view(), name="alert-return"),
    path("alerts/<int:pk>/close/", alerts.Close.as_view(), name="alert-close"),
    path("works/", works.Works.as_view(), name="works"),
    path("works/<int:pk>/", works.WorkDetail.as_view(), name="work"),
    path("works/<int:pk>/approve/", works.Approve.as_view(), name="work-approve"),
    path("works/<int:pk>/refuse/", works.Refuse.as_view(), name="work-refuse"),
    path("works/<int:pk>/withdraw/", works.Withdraw.as_view(), name="work-withdraw"),
    path("works/<int:pk>/end/", works.EndEarly.as_view(), name="work-end"),
    path("links/", stations.Links.as_view(), name="links"),
]
