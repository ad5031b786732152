"""Signing in and out, the language."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from stations.views.signing import choose_language

urlpatterns = [
    path("logout/", LogoutView.as_view(), name="logout"),
    path("i18n/setlang/", choose_language, name="set_language"),
]
