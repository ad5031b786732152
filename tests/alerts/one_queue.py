"""Run by a test as a process of its own: does what the beat lays into one queue, one after another,
as the worker of that queue does.

python -m tests.alerts.one_queue QUEUE '{"SETTING": value, …}'
"""

from __future__ import annotations

import json
import sys

import django


def main() -> None:
    """Every task of the desk that goes into the queue, once, those of strangers' machines first."""
    queue, given = sys.argv[1], json.loads(sys.argv[2])
    django.setup()
    from django.conf import settings

    from alerts.mail import inbox, webhooks
    from config.celery import BEATS, RARER, app
    from config.env import inbox as inbox_of

    for name, value in given.items():
        setattr(settings, name, value)
    settings.EMAIL_FOLDER = None
    settings.INBOX = inbox_of("INBOX_URL")
    inbox.LONGEST_ROUND = webhooks.LONGEST_CALL = 300  # the test looks while it is held
    app.loader.import_default_modules()
    for name in sorted((*BEATS, *RARER), key=_strangers_first):
        if name.startswith("alerts.") and queue_of(name) == queue:
            app.tasks[name]()


def _strangers_first(name: str) -> tuple[bool, str]:
    return not name.endswith(("read_mail", "call_webhooks")), name


def queue_of(name: str) -> str:
    """The queue into which a task goes."""
    from config.celery import app

    found = app.amqp.router.route({}, name)["queue"]
    return str(getattr(found, "name", found))


if __name__ == "__main__":
    main()
