from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from config.runtime.places import Places
from tests.config.running import Installation, free_port
from tests.flow.plant import Client, plants, register, tokens_of, with_tables

SHORT, LONG, SPARE = plants(0, 8), plants(8, 8), plants(16, 6, grace_minutes=24 * 60)
"""The plants of the short run, of the long one, and those that no run disturbs: the hours of these
are judged a day later, so what comes of the last one is warned of, and is never late."""


@pytest.fixture
def data_dir(tmp_path: Path, settings: Any) -> Path:
    """A data folder of this test's own: its spool, its heartbeat."""
    settings.DATA_DIR = tmp_path
    settings.EMAIL_FOLDER = tmp_path / "mails"
    return tmp_path


@dataclass
class Postman:
    """Takes every mail, and notes when."""

    taken: list[tuple[float, EmailMessage]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content: Any = envelope.content
        mail: Any = message_from_bytes(content, policy=policy.default)
        self.taken.append((monotonic(), mail))
        return "250 taken"


@dataclass
class Running:
    """An `up` with its register loaded, a logger for its stations, and who takes its mails."""

    up: Installation
    client: Client
    postman: Postman


@pytest.fixture(scope="package")
def postman() -> Iterator[tuple[Postman, int]]:
    """A mail server on loopback, and its port."""
    man = Postman()
    controller = Controller(man, hostname="127.0.0.1", port=free_port(), ready_timeout=10)
    controller.start()
    yield man, controller.port
    controller.stop()


@pytest.fixture(scope="package")
def running(project: Path, servers: None, postman: tuple[Postman, int]) -> Iterator[Running]:
    """Everything that `up` starts, without the demonstration. It leaves nothing when it stops."""
    folder = Path(tempfile.mkdtemp(prefix="qttd-flow-", dir="/tmp"))
    folder.chmod(0o711)
    up = Installation(project, folder / "data")
    up.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{postman[1]}"
    try:
        with_tables(up)
        up.up("--no-demo")
        of = [*SHORT, *LONG, *SPARE]
        (folder / "register.yaml").write_text(register(of), encoding="utf-8")
        loaded = up.manage("load_register", str(folder / "register.yaml"))
        assert loaded.returncode == 0, loaded.stderr + loaded.stdout
        yield Running(up, Client(up, tokens_of(up, of)), postman[0])
    finally:
        if up.process is not None and up.process.poll() is None:
            up.stop()
        assert up.is_gone(5), up.processes()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(Places(up.data).sockets, ignore_errors=True)
