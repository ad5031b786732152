"""Runs everything: databases, pages, workers, the door for loggers, the demonstration."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandError

from config.runtime import first_start
from config.runtime.children import Child
from config.runtime.command_line import HELD_BY_UP, embedded_names
from config.runtime.databases import ServerDidNotStart
from config.runtime.identity import database_identity
from config.runtime.locks import Lock
from config.runtime.processes import NAMES, children, program
from config.runtime.supervisor import Supervisor, ToldToStop, is_free


class Command(BaseCommand):
    """Thin: it reads what is asked and tells what happens."""

    help = "Runs everything under one supervisor; Ctrl-C stops everything."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options of the contract."""
        parser.add_argument("--port", type=int, default=8000, help="of the pages")
        parser.add_argument("--ftp-port", type=int, default=2121, help="of the FTP server")
        parser.add_argument("--data-dir", default="var", help="where everything is kept")
        parser.add_argument("--no-demo", action="store_true", help="no demonstration")
        parser.add_argument("--only", help="only these: " + ",".join(NAMES))

    def handle(self, *args: Any, **options: Any) -> None:
        """Until a signal says stop."""
        names = wanted(options["only"], with_demo=not options["no_demo"])
        lock = Lock(settings.PLACES.up_lock)
        if not lock.try_alone():
            raise CommandError(
                f"{settings.DATA_DIR}: đã có `up` đang chạy · another `up` runs there already"
            )
        for name, port in (("web", options["port"]), ("ftp", options["ftp_port"])):
            if name in names and not is_free(port):
                option = {"web": "--port", "ftp": "--ftp-port"}[name]
                raise CommandError(
                    f"Cổng {port} đang được dùng · port {port} is taken: give another by {option}"
                )
        supervisor = Supervisor(settings.PLACES, embedded_names(), self.say_of)
        supervisor.catch_signals()
        try:
            self._stand_up(supervisor, names, options)
            supervisor.run()
        except ToldToStop:
            self.say("Chưa chạy xong đã dừng · stopped before everything ran")
        except ServerDidNotStart as error:
            raise CommandError(str(error)) from error
        finally:
            self.say("Đang dừng · stopping")
            supervisor.close()
            lock.release()
        self.say("Đã dừng · stopped")

    def _stand_up(self, supervisor: Supervisor, names: list[str], options: dict[str, Any]) -> None:
        address = f"http://127.0.0.1:{options['port']}"
        demo = not options["no_demo"] and first_start.has_demonstration()
        settings.PLACES.address_file.write_text(address, encoding="ascii")
        self._tell_who_runs_the_database()
        supervisor.open_databases()
        self._prepare(names, demo=demo)
        commands = program(options["port"], options["ftp_port"], settings.RECEIVE_QUEUE)
        for child in self._children([name for name in names if name != "demo"], commands):
            supervisor.add(child)
        self._tell_ready(supervisor, names, address, demo=demo)
        if "demo" in names and not supervisor.stopping:
            if "ftp" in names:
                supervisor.wait_for_port(options["ftp_port"])
            for child in self._children(["demo", *self._history_wanted()], commands):
                supervisor.add(child)

    def _prepare(self, names: list[str], *, demo: bool) -> None:
        first_start.prepare_tables(self.say)
        if demo and "load_register" in get_commands():
            first_start.load_demonstration(settings.PLACES, self.say)
        first_start.tell_the_doors(self.say)
        if "web" in names:
            first_start.prepare_browser_files(self.say)

    def _children(self, names: list[str], commands: dict[str, list[str]]) -> list[Child]:
        environment = {
            "QTTD_DATA_DIR": str(settings.DATA_DIR),
            "PYTHONUNBUFFERED": "1",
            HELD_BY_UP: "1",
        }
        made = children(names, commands, settings.PLACES.logs, environment)
        for child in made:
            if child.name == "history":
                child.once, child.when_done = True, settings.PLACES.history_wanted.unlink
        return made

    def _history_wanted(self) -> list[str]:
        if not settings.PLACES.history_wanted.exists() or "demo_history" not in get_commands():
            return []
        self.say("Nạp 14 ngày số liệu trước đây · loading 14 days of history in the background")
        return ["history"]

    def _tell_who_runs_the_database(self) -> None:
        if settings.EMBEDDED_DATABASE and not database_identity().is_me:
            who = database_identity().name
            self.say(
                f"PostgreSQL không chạy bằng root, nên chạy bằng người dùng {who} · "
                f"PostgreSQL refuses to run as root: it runs as the user {who}"
            )

    def _tell_ready(
        self, supervisor: Supervisor, names: list[str], address: str, *, demo: bool
    ) -> None:
        if "web" in names and not supervisor.wait_for_pages(address):
            if not supervisor.stopping:
                self.say(f"Trang web chưa trả lời · pages do not answer yet: {address}")
            return
        logins = first_start.demo_logins() if demo else []
        if logins:
            self.say("\nĐăng nhập minh họa · demo logins")
            for line in first_start.table(logins):
                self.say(line)
            self.say("")
        self.say(f"ready: {address}" if "web" in names else f"ready: {', '.join(names)}")

    def say(self, line: str) -> None:
        """One line for the person at the console, at once."""
        self.stdout.write(line)
        self.stdout.flush()

    def say_of(self, name: str, line: str) -> None:
        """One line about one process."""
        self.say(f"{name:>8} | {line}")


def wanted(only: str | None, *, with_demo: bool) -> list[str]:
    """The names asked for, in the order they are started."""
    asked = {word.strip() for word in (only or ",".join(NAMES)).split(",") if word.strip()}
    unknown = asked - set(NAMES)
    if unknown:
        raise CommandError(f"--only: {', '.join(sorted(unknown))}? Choose of {', '.join(NAMES)}.")
    missing = {
        name
        for name, command in (("ftp", "ftp_server"), ("demo", "demo_loggers"))
        if command not in get_commands()
    }
    without = missing | (set() if with_demo else {"demo"})
    return [name for name in NAMES if name in asked - without]
