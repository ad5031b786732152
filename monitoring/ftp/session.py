"""One logger's control connection: its login, its uploads, its renames."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler

from monitoring.ftp.channels import DataChannel, PassivePort, TlsDataChannel, Upload
from monitoring.ftp.folders import LoggerFolder
from monitoring.ftp.memory import SentHere
from monitoring.ftp.rights import Rights
from monitoring.ftp.shelf import Sender

if TYPE_CHECKING:
    from monitoring.ftp.server import Door
    from monitoring.services.accounts import Account

logger = logging.getLogger(__name__)

MOST_COMMANDS_WAITING = 64
LONGEST_NAME_BYTES = 255
NOT_HERE = "550 Only a file sent in this session can be continued; please send it whole."


class Session(FTPHandler):
    """A control connection. While the disk or a penalty is awaited, its commands queue up."""

    authorizer = Rights()
    dtp_handler = DataChannel
    passive_dtp = PassivePort
    abstracted_fs = LoggerFolder
    banner = "QTTD"
    proto_cmds = {name: each for name, each in FTPHandler.proto_cmds.items() if name != "STOU"}
    login_seconds = 60.0

    username: str
    _restart_position: int
    _rnfr: str | None

    def __init__(self, conn: Any, server: Any, ioloop: Any = None) -> None:
        self.door: Door = server.door
        self._waiting_for_answer = False
        self._commands: deque[tuple[str, str, str]] = deque()
        self._sent = SentHere()
        super().__init__(conn, server, ioloop)

    @property
    def _current_type(self) -> str:
        """Always binary: bytes are kept as they came, also from a logger that says TYPE A."""
        return "i"

    @_current_type.setter
    def _current_type(self, _: str) -> None:
        """TYPE A is answered kindly and changes nothing."""

    @property
    def sender(self) -> Sender:
        """Who is at the other end."""
        secured = getattr(self, "_ssl_established", False)
        peer = self.remote_ip.removeprefix("::ffff:")
        return Sender(self.username, "ftps" if secured else "ftp", peer)

    @property
    def at_work(self) -> bool:
        """Whether something runs that a stopping server should let finish."""
        channel = getattr(self, "data_channel", None)
        expected = getattr(self, "_in_dtp_queue", None)
        return bool(self._waiting_for_answer or channel is not None or expected is not None)

    # Commands, one after the other

    def on_connect(self) -> None:
        """Those who do not log in may not stay."""
        self.call_later(self.login_seconds, self._close_unless_known)

    def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
        """Lets a command wait for the answer before it."""
        if "\0" in line:
            self.respond("501 A name has no zero bytes.")
        elif not self._waiting_for_answer:
            super().pre_process_command(line, cmd, arg)
        elif len(self._commands) < MOST_COMMANDS_WAITING:
            self._commands.append((line, cmd, arg))
        else:
            self.respond("421 Too many commands at once.")
            self.close()

    def _answered(self) -> None:
        self._waiting_for_answer = False
        while self._commands and not self._waiting_for_answer and not self._closed:
            self.pre_process_command(*self._commands.popleft())

    def _run(self, work: Callable[[], Any], then: Callable[[str], None]) -> None:
        """Has a thread do the work; `then` gets its reply here in the loop."""
        self._waiting_for_answer = True
        self.door.run(work, then)

    # Login

    def ftp_PASS(self, line: str) -> None:  # noqa: N802
        """Compares the secret; after wrong ones the answer comes later, for this pair only."""
        if self.authenticated:
            self.respond("503 User already authenticated.")
            return
        if not self.username:
            self.respond("503 Login with USER first.")
            return
        account = self.door.accounts.check(self.username, line)
        pace = self.door.throttle.succeeded if account else self.door.throttle.failed
        wait = pace(self.remote_ip, self.username)
        if not wait:
            self._log_in(account)
            return
        self._waiting_for_answer = True
        self.call_later(wait, self._log_in_late, account)

    def _log_in_late(self, account: Account | None) -> None:
        self._log_in(account)
        self._answered()

    def _log_in(self, account: Account | None) -> None:
        if account is None:
            self._refuse_login()
            return
        try:
            home = self.door.shelf.folder_of(account.username)
        except OSError:
            logger.exception("No folder for %s", account.username)
            self.respond("451 The account's folder cannot be opened; please try again later.")
            return
        self._sent = SentHere()
        self.handle_auth_success(str(home), "", "Welcome.")

    def _refuse_login(self) -> None:
        self.attempted_logins += 1
        logger.warning("Login refused: %s from %s", self.username, self.remote_ip)
        self.username = ""
        self.respond("530 Authentication failed.")
        if self.attempted_logins >= self.max_login_attempts:
            self.close_when_done()

    def _close_unless_known(self) -> None:
        if not self.authenticated:
            self.respond("421 Nobody logged in.")
            self.close_when_done()

    # Uploads

    def ftp_STOR(self, file: str, mode: str = "w") -> None:  # noqa: N802
        """Takes a file; REST before it, or APPE, continues one of this session."""
        offset, self._restart_position = self._restart_position, 0
        path = Path(file)
        beginning = self._sent.beginning(path, appending=mode == "a", offset=offset)
        refusal = self._refusal(path) or (NOT_HERE if beginning is None else None)
        if refusal:
            self.respond(refusal)
            return
        self._expect(Upload(path, beginning or b""), "APPE" if mode == "a" else "STOR")

    def _refusal(self, path: Path) -> str | None:
        if self.door.accounts.get(self.username) is None:
            return "530 This account has ended."
        if len(path.name.encode()) > LONGEST_NAME_BYTES:
            return "553 This name is too long."
        if path.is_dir():
            return "553 This is the name of a folder."
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            return "553 A part of this path is a file."
        except OSError as error:
            return f"452 No folder for this file: {error.strerror}."
        return None

    def _expect(self, upload: Upload, command: str) -> None:
        if self.data_channel is not None:
            self.respond("125 Data connection already open. Transfer starting.")
            self.data_channel.file_obj = upload
            self.data_channel.enable_receiving("i", command)
        else:
            self.respond("150 About to open data connection.")
            self._in_dtp_queue = (upload, command)

    def keep(self, upload: Upload) -> None:
        """All bytes came. The reply follows when they are durable; nobody else waits for it."""
        raw, sender, path = upload.raw, self.sender, upload.path

        def kept(reply: str) -> None:
            if self._closed:
                return
            if reply.startswith("2"):
                self._sent.note(path, raw)
            self.respond(reply)
            super(Session, self)._on_dtp_close()
            self._answered()

        self._run(lambda: self.door.keeper.upload(path, raw, sender), kept)

    def _on_dtp_close(self) -> None:
        """What the base does here waits for the reply, if one is due."""
        if self._waiting_for_answer:
            self.data_channel = None
        else:
            super()._on_dtp_close()

    def _make_epasv(self, extmode: bool = False) -> None:
        try:
            super()._make_epasv(extmode)
        except OSError as error:
            self.respond(f"425 No data connection now: {error.strerror}.")

    # Renames

    def ftp_RNFR(self, path: str) -> None:  # noqa: N802
        """What this session sent can be renamed, whoever used its temporary name since."""
        if self._sent.get(Path(path)) is None:
            super().ftp_RNFR(path)
        else:
            self._rnfr = path
            self.respond("350 Ready for destination name.")

    def ftp_RNTO(self, path: str) -> None:  # noqa: N802
        """Delivers what waited for its rename; 250 once that is durable."""
        if not self._rnfr:
            self.respond("503 Bad sequence of commands: use RNFR first.")
            return
        source, target = Path(self._rnfr), Path(path)
        self._rnfr = None
        if refusal := self._refusal(target):
            self.respond(refusal)
            return
        own, sender = self._sent.get(source), self.sender

        def renamed(reply: str) -> None:
            if self._closed:
                return
            if reply.startswith("2"):
                self._sent.rename(source, target)
            self.respond(reply)
            self._answered()

        self._run(lambda: self.door.keeper.rename(source, target, own, sender), renamed)


class TlsSession(TLS_FTPHandler, Session):
    """The same, secured when the logger says AUTH TLS."""

    dtp_handler = TlsDataChannel
    proto_cmds = {name: each for name, each in TLS_FTPHandler.proto_cmds.items() if name != "STOU"}
