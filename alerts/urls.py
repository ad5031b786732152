"""Cases and mails."""

from __future__ import annotations

from django.urls import path

from alerts.views import case, cases, mails

urlpatterns = [
    path("alerts/", cases.case_list, name="alert-list"),
    path("alerts/<int:pk>/", case.case_detail, name="alert-detail"),
    path("alerts/<int:pk>/acknowledge/", case.acknowledge, name="alert-acknowledge"),
    path("alerts/<int:pk>/close/", case.close, name="alert-close"),
    path("alerts/<int:pk>/note/", case.note, name="alert-note"),
    path("mails/", mails.mail_list, name="mail-list"),
    path("mails/<int:pk>/", mails.mail_detail, name="mail-detail"),
]
