"""The Celery app and its clock.

Each beat finds what no bell announced. A beat that waits longer than its interval expires:
the next one asks the same question.
"""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

EVERY_SECONDS = 5.0
RARER = {
    "stations.tasks.renew_grants": 600.0,  # memberships and jurisdictions begin and end by the day
    "alerts.tasks.read_mail": 60.0,
    "alerts.tasks.look_for_readers": 600.0,
    "alerts.tasks.test_the_route": 60.0,
    "alerts.tasks.write_digests": 300.0,
    "monitoring.tasks.sweep_trials": 600.0,
}
BEATS = (
    "monitoring.tasks.receive_spooled",
    "monitoring.tasks.average_dirty",
    "monitoring.tasks.judge_due",
    "monitoring.tasks.correct_waiting",
    "monitoring.tasks.study_waiting",
    "monitoring.tasks.try_waiting",
    "monitoring.tasks.watch_links",
    "alerts.tasks.keep_the_desk",
    "alerts.tasks.send_mail",
    "alerts.tasks.call_webhooks",
)

app = Celery("qttd")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    name: {"task": name, "schedule": EVERY_SECONDS, "options": {"expires": EVERY_SECONDS}}
    for name in BEATS
} | {
    name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
    for name, seconds in RARER.items()
}
