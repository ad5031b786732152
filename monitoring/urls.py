"""Overview, stations, files."""

from __future__ import annotations

from django.urls import path

from monitoring.views import deliveries, delivery, overview, station, stations, verdict

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("stations/", stations.station_list, name="station-list"),
    path("stations/<str:code>/", station.station_detail, name="station-detail"),
    path("deliveries/", deliveries.delivery_list, name="delivery-list"),
    path("deliveries/<uuid:pk>/", delivery.delivery_detail, name="delivery-detail"),
    path("deliveries/<uuid:pk>/raw/", delivery.delivery_raw, name="delivery-raw"),
    path("verdicts/<uuid:pk>/", verdict.verdict_detail, name="verdict-detail"),
]
