"""The desk's mails: how they read, how they are handed over, and how each attempt ends."""

from alerts.mail.sending import send_due

__all__ = ["send_due"]
