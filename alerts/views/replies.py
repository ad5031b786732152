"""Why another machine could not be reached; what one answered stays as it is."""

from __future__ import annotations

from django.utils.translation import gettext as _


def reply_words(reply: str) -> str:
    """A sentence for an error of the line; the answer of a server as it came."""
    name = reply.partition(":")[0]
    match name:
        case "gaierror":
            return _("There is no machine of this name.")
        case "ConnectionRefusedError":
            return _("The machine takes no connection.")
        case "TimeoutError":
            return _("The machine did not answer in time.")
        case "SSLError" | "SSLCertVerificationError":
            return _("The machine's certificate is not trusted.")
        case "ConnectionResetError" | "BrokenPipeError" | "RemoteDisconnected":
            return _("The machine ended the connection.")
        case "SMTPServerDisconnected" | "SMTPConnectError" | "SMTPHeloError":
            return _("The mail server ended the connection.")
        case "SMTPAuthenticationError":
            return _("The mail server did not accept our sign-in.")
        case "OSError":
            return _("The machine cannot be reached.")
    return reply
