"""Settings are read from the environment: typed, and failing with what to do."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from config import env


@pytest.fixture
def given_value(monkeypatch: pytest.MonkeyPatch):
    """Sets the one variable that these tests read."""
    return lambda value: monkeypatch.setenv("X", value)


@pytest.mark.parametrize("value", ["1", "true", "YES", " on "])
def test_what_means_yes(given_value, value: str):
    given_value(value)
    assert env.flag("X") is True


@pytest.mark.parametrize("value", ["0", "False", "no", "off"])
def test_what_means_no(given_value, value: str):
    given_value(value)
    assert env.flag("X", default=True) is False


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_value_counts_as_not_set(given_value, value: str):
    given_value(value)
    assert env.flag("X", default=True) is True
    assert env.text("X", "a") == "a"
    assert env.path("X") is None
    assert env.mailbox("X") is None
    assert env.port_range("X") is None


def test_a_flag_that_is_neither_says_what_to_write(given_value):
    given_value("perhaps")
    with pytest.raises(ImproperlyConfigured, match=r"X is 'perhaps': write 1 or 0"):
        env.flag("X")


def test_words_are_parted_by_commas(given_value):
    given_value("a, b,,c ")
    assert env.words("X", []) == ["a", "b", "c"]


@given(first=st.integers(1, 65535), more=st.integers(0, 1000))
def test_a_range_of_ports_holds_both_ends(first: int, more: int):
    last = min(65535, first + more)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("X", f"{first}-{last}")
        ports = env.port_range("X")
    assert ports is not None
    assert (ports[0], ports[-1]) == (first, last)


@pytest.mark.parametrize("value", ["a", "2-1", "0-5", "65535-65536", "1-2-3"])
def test_no_range_of_ports(given_value, value: str):
    given_value(value)
    with pytest.raises(ImproperlyConfigured, match="X is"):
        env.port_range("X")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("smtp://mail", env.Mailbox("mail", 25, "", "", starttls=False, tls=False)),
        (
            "smtp+tls://u:p%40ss@mail",
            env.Mailbox("mail", 587, "u", "p@ss", starttls=True, tls=False),
        ),
        ("smtps://u@mail:1465", env.Mailbox("mail", 1465, "u", "", starttls=False, tls=True)),
        (
            "smtp://mail?from=qttd@so.example&per_minute=30",
            env.Mailbox("mail", 25, "", "", False, False, "qttd@so.example", 30),
        ),
    ],
)
def test_where_mails_are_handed_over(given_value, value: str, expected: env.Mailbox):
    given_value(value)
    assert env.mailbox("X") == expected


def test_a_wrong_mail_server_is_named_without_its_password(given_value):
    given_value("http://user:secret@mail")
    with pytest.raises(ImproperlyConfigured, match="start it with one of smtp://") as raised:
        env.mailbox("X")
    assert "secret" not in str(raised.value)


def test_a_speed_that_is_no_number_is_named(given_value):
    given_value("smtp://mail?per_minute=nhanh")
    with pytest.raises(ImproperlyConfigured, match="per_minute"):
        env.mailbox("X")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "imaps://qttd%40so.example:p%40ss@mail",
            ("mail", 993, "qttd@so.example", "INBOX", True, False, "qttd@so.example"),
        ),
        (
            "imap://u:p@mail/Thu?control=kiemtra@so.example",
            ("mail", 143, "u", "Thu", False, True, "kiemtra@so.example"),
        ),
        ("imap://u:p@127.0.0.1:1143", ("127.0.0.1", 1143, "u", "INBOX", False, False, "")),
    ],
)
def test_where_answers_and_bounces_are_read(given_value, value: str, expected: tuple):
    given_value(value)
    found = env.inbox("X")
    assert found is not None
    shown = (found.host, found.port, found.user, found.folder, found.tls, found.starttls)
    assert (*shown, found.control) == expected
    assert "p@ss" not in repr(found)


@pytest.mark.parametrize("value", ["imaps://", "imaps://mail", "pop3://u@mail"])
def test_an_inbox_that_is_half_named_is_refused(given_value, value: str):
    given_value(value)
    with pytest.raises(ImproperlyConfigured, match="X is"):
        env.inbox("X")


@pytest.mark.parametrize("value", ["10.0.0.0/8,127.0.0.1", "::1"])
def test_networks_that_are_opened(given_value, value: str):
    given_value(value)
    assert env.networks("X") == value.split(",")


def test_what_is_no_network_is_refused(given_value):
    given_value("noi-bo")
    with pytest.raises(ImproperlyConfigured, match="X is"):
        env.networks("X")


def test_a_database_url_becomes_its_parts(given_value):
    given_value("postgres://u:p%2Fw@db:5433/qttd?sslmode=require")
    parts = env.url("X", ("postgres",))
    assert parts is not None
    assert env.database(parts) == {
        "NAME": "qttd",
        "USER": "u",
        "PASSWORD": "p/w",
        "HOST": "db",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


def test_a_database_may_lie_behind_a_socket(given_value):
    given_value("postgres:///qttd?host=/run/postgresql")
    parts = env.url("X", ("postgres",))
    assert parts is not None
    assert env.database(parts)["HOST"] == "/run/postgresql"


def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path):
    file = tmp_path / "new" / "secret"
    first = env.kept_secret(file)
    assert len(first) >= 50
    assert file.stat().st_mode & 0o777 == 0o600
    assert env.kept_secret(file) == first


def test_many_who_come_at_once_get_the_same_secret(tmp_path: Path):
    found: list[str] = []
    start = threading.Barrier(16)

    def come() -> None:
        start.wait()
        found.append(env.kept_secret(tmp_path / "secret"))

    comers = [threading.Thread(target=come) for _ in range(16)]
    for comer in comers:
        comer.start()
    for comer in comers:
        comer.join()
    assert len(found) == 16
    assert len(set(found)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]
