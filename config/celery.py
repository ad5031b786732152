"""The Celery app and its clock.

Each beat finds what no bell announced. A beat that waits longer than its interval expires:
the next one asks the same question.
"""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

EVERY_SECONDS = 5.0
GRANTS_EVERY_SECONDS = 600.0  # memberships and jurisdictions begin and end by the day
BEATS = (
    "monitoring.tasks.receive_spooled",
    "monitoring.tasks.average_dirty",
    "monitoring.tasks.judge_due",
    "monitoring.tasks.correct_waiting",
    "monitoring.tasks.study_waiting",
    "monitoring.tasks.watch_links",
    "alerts.tasks.keep_the_desk",
    "alerts.tasks.send_mail",
)

app = Celery("qttd")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    name: {"task": name, "schedule": EVERY_SECONDS, "options": {"expires": EVERY_SECONDS}}
    for name in BEATS
} | {
    "stations.tasks.renew_grants": {
        "task": "stations.tasks.renew_grants",
        "schedule": GRANTS_EVERY_SECONDS,
        "options": {"expires": GRANTS_EVERY_SECONDS},
    }
}
