"""Cases and mails."""

from __future__ import annotations

from django.urls import path

from alerts.views import (
    acts,
    case,
    cases,
    inbox,
    mails,
    office_calendar,
    policy,
    policy_edit,
    webhooks,
    wishes,
)

urlpatterns = [
    path("alerts/", cases.case_list, name="alert-list"),
    path("alerts/acknowledge/", cases.acknowledge_many, name="alert-acknowledge-many"),
    path("alerts/<int:pk>/", case.case_detail, name="alert-detail"),
    path("alerts/<int:pk>/chart.png", case.case_chart, name="alert-chart"),
    path("alerts/<int:pk>/notice.pdf", case.case_notice, name="alert-notice"),
    path("alerts/<int:pk>/acknowledge/", case.acknowledge, name="alert-acknowledge"),
    path("alerts/<int:pk>/close/", case.close, name="alert-close"),
    path("alerts/<int:pk>/note/", case.note, name="alert-note"),
    path("alerts/<int:pk>/verify/", case.verify, name="alert-verify"),
    path("alerts/<int:pk>/return/", case.send_back, name="alert-return"),
    path("alerts/<int:pk>/answer/", acts.answer, name="alert-answer"),
    path("alerts/<int:pk>/call/", acts.call, name="alert-call"),
    path("alerts/<int:pk>/visit/", acts.visit, name="alert-visit"),
    path("alerts/<int:pk>/sample/", acts.sample, name="alert-sample"),
    path(
        "alerts/<int:pk>/sample/<int:sample_pk>/result/",
        acts.sample_result,
        name="alert-sample-result",
    ),
    path("alerts/<int:pk>/file/", acts.add_files, name="alert-file"),
    path("alerts/<int:pk>/files/<int:file_pk>/", acts.case_file, name="alert-file-bytes"),
    path("alerts/<int:pk>/assign/", acts.assign, name="alert-assign"),
    path("alerts/<int:pk>/hand-over/", acts.hand_over, name="alert-hand-over"),
    path("mails/mine/", wishes.my_wishes, name="mail-wishes"),
    path("mails/mine/language/", wishes.my_language, name="mail-wishes-language"),
    path("mails/mine/<int:pk>/forget/", wishes.forget_wish, name="mail-wish-forget"),
    path("mails/received/", inbox.inbox, name="inbox"),
    path("mails/received/<int:pk>/", inbox.inbox_mail, name="inbox-mail"),
    path("mails/refused/", inbox.refused_addresses, name="refused-addresses"),
    path("mails/refused/<int:pk>/mend/", inbox.mend_address, name="refused-mend"),
    path("webhooks/", webhooks.webhook_list, name="webhook-list"),
    path("webhooks/new/", webhooks.webhook_new, name="webhook-new"),
    path("webhooks/<int:pk>/", webhooks.webhook, name="webhook"),
    path("webhooks/<int:pk>/secret/", webhooks.webhook_secret, name="webhook-secret"),
    path("webhooks/<int:pk>/test/", webhooks.webhook_test, name="webhook-test"),
    path(
        "webhooks/<int:pk>/calls/<uuid:call>/again/",
        webhooks.webhook_call_again,
        name="webhook-call-again",
    ),
    path("policy/", policy.policy, name="policy"),
    path("policy/calendar/", office_calendar.office_calendar, name="policy-calendar"),
    path("policy/compare/<str:setting>/", policy_edit.setting_compare, name="policy-compare"),
    path("policy/<str:part>/new/", policy_edit.setting_new, name="policy-new"),
    path("policy/<str:part>/<int:pk>/", policy_edit.setting_edit, name="policy-edit"),
    path("mails/", mails.mail_list, name="mail-list"),
    path("mails/<int:pk>/", mails.mail_detail, name="mail-detail"),
    path("mails/<int:pk>/files/<int:file_pk>/", mails.mail_enclosed, name="mail-enclosed"),
]
