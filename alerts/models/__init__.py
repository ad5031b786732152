"""The desk: what was said, to whom, who answered. Knows nothing of readings."""

from alerts.models.alert import REOPENS_WITHIN, Alert, Kind, Severity, State
from alerts.models.outbox import Attempt, Message, Notification
from alerts.models.people import Maintenance, Subscription
from alerts.models.policy import Audience, NotificationPolicy
from alerts.models.story import AlertEvent, AlertSpan, What

__all__ = [
    "REOPENS_WITHIN",
    "Alert",
    "AlertEvent",
    "AlertSpan",
    "Attempt",
    "Audience",
    "Kind",
    "Maintenance",
    "Message",
    "Notification",
    "NotificationPolicy",
    "Severity",
    "State",
    "Subscription",
    "What",
]
