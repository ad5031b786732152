"""The desk: what was said, to whom, who answered. Knows nothing of readings."""

from alerts.models.alert import REOPENS_WITHIN, Alert, Kind, Severity, State
from alerts.models.calendar import SpecialDay, WorkingHours
from alerts.models.case import Answer, CaseFile, ControlSample, HandOver, PhoneCall, Visit
from alerts.models.channels import (
    Attachment,
    Digest,
    InboundMail,
    RefusedAddress,
    RouteTest,
    Webhook,
    WebhookCall,
)
from alerts.models.outbox import Attempt, Message, Notification
from alerts.models.people import Maintenance, QuietLetters, Subscription, WorkNews
from alerts.models.policy import (
    Audience,
    Clause,
    Clock,
    EscalationStep,
    KindRule,
    NotificationPolicy,
    RatioBand,
)
from alerts.models.story import AlertEvent, AlertSpan, What
from alerts.models.works import WorkHolds

__all__ = [
    "REOPENS_WITHIN",
    "Alert",
    "AlertEvent",
    "AlertSpan",
    "Answer",
    "Attachment",
    "Attempt",
    "Audience",
    "CaseFile",
    "Clause",
    "Clock",
    "ControlSample",
    "Digest",
    "EscalationStep",
    "HandOver",
    "InboundMail",
    "Kind",
    "KindRule",
    "Maintenance",
    "Message",
    "Notification",
    "NotificationPolicy",
    "PhoneCall",
    "QuietLetters",
    "RatioBand",
    "RefusedAddress",
    "RouteTest",
    "Severity",
    "SpecialDay",
    "State",
    "Subscription",
    "Visit",
    "Webhook",
    "WebhookCall",
    "What",
    "WorkHolds",
    "WorkNews",
    "WorkingHours",
]
