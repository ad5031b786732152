"""Where mails are handed over: a mail server, or a folder when none is set."""

from __future__ import annotations

import os
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from django.conf import settings

CLOSING = 421  # RFC 5321 §4.2.3: the server closes the channel


class NotNow(Exception):
    """Not taken this time; later perhaps. `whole_server`: no use to try others before that."""

    def __init__(self, reply: str, *, whole_server: bool = False) -> None:
        super().__init__(reply)
        self.reply = reply
        self.whole_server = whole_server


class Refused(Exception):
    """The server will never take this mail; `reply` is its answer."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


class Door(Protocol):
    """Takes mails one after another and answers each with the server's words."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    def hand_over(self, mail: EmailMessage) -> str:
        """The server's answer once it has taken the mail. Raises NotNow or Refused."""


def open_door() -> Door:
    """The door that the settings name."""
    folder = settings.EMAIL_FOLDER
    return SmtpDoor() if folder is None else FolderDoor(Path(folder))


class FolderDoor:
    """Lays each mail as one .eml file into a folder; a repeat lies where the first one lay."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *error: object) -> None:
        """A folder needs no goodbye."""

    def hand_over(self, mail: EmailMessage) -> str:
        name = mail["Message-ID"].strip("<>").partition("@")[0]
        file = self.folder / f"{name}.eml"
        draft = self.folder / f".{name}.{os.getpid()}"
        try:
            with draft.open("wb") as stream:
                stream.write(mail.as_bytes(policy=SMTP))
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(file)
        except OSError as error:
            raise NotNow(f"{file.name}: {error.strerror}", whole_server=True) from error
        return file.name


class SmtpDoor:
    """A session with the mail server of the settings, opened with the first mail."""

    def __init__(self) -> None:
        self._session: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._session is None:
            return
        try:
            self._session.quit()
        except (smtplib.SMTPException, OSError):
            self._session.close()  # what was taken is taken; a goodbye changes nothing
        self._session = None

    def hand_over(self, mail: EmailMessage) -> str:
        session = self._ready_session()
        try:
            _said_yes(session.mail(mail["From"].addresses[0].addr_spec))
            _said_yes(session.rcpt(mail["To"].addresses[0].addr_spec))
            return _said_yes(session.data(mail.as_bytes(policy=SMTP)))
        except (NotNow, Refused, smtplib.SMTPDataError) as error:
            self._drop()
            if isinstance(error, smtplib.SMTPDataError):
                _said_yes((error.smtp_code, _bytes(error.smtp_error)))
            raise
        except UnicodeError as error:
            self._drop()
            raise Refused(f"the address has letters that mail does not carry: {error}") from error
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise NotNow(_in_words(error), whole_server=True) from error

    def _ready_session(self) -> smtplib.SMTP:
        """The open session if the server still listens, else a new one."""
        if self._session is not None:
            try:
                self._session.rset()
            except (smtplib.SMTPException, OSError):
                self._drop()
        if self._session is None:
            try:
                self._session = _sign_in()
            except (smtplib.SMTPException, OSError) as error:
                raise NotNow(_in_words(error), whole_server=True) from error
        return self._session

    def _drop(self) -> None:
        if self._session is not None:
            self._session.close()
        self._session = None


def _sign_in() -> smtplib.SMTP:
    """A session with the server, encrypted and signed in as the settings say."""
    where, wait = (settings.EMAIL_HOST, settings.EMAIL_PORT), settings.EMAIL_TIMEOUT
    checked = ssl.create_default_context()
    session = (
        smtplib.SMTP_SSL(*where, timeout=wait, context=checked)
        if settings.EMAIL_USE_SSL
        else smtplib.SMTP(*where, timeout=wait)
    )
    try:
        if settings.EMAIL_USE_TLS:
            session.starttls(context=checked)
        session.ehlo_or_helo_if_needed()
        if settings.EMAIL_HOST_USER:
            session.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    except BaseException:
        session.close()
        raise
    return session


def _said_yes(answer: tuple[int, bytes]) -> str:
    """The answer in words. 421 closes the whole server, 4xx means later, 5xx never."""
    code, words = answer
    reply = f"{code} {words.decode('utf-8', 'replace')}"
    if 200 <= code < 300:
        return reply
    if code == CLOSING:
        raise NotNow(reply, whole_server=True)
    if code >= 500:
        raise Refused(reply)
    raise NotNow(reply)


def _bytes(words: bytes | str) -> bytes:
    return words.encode() if isinstance(words, str) else words


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
