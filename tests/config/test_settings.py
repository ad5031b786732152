"""The environment decides; nothing has to be set."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ASK = """
import json, os, django
django.setup()
from django.conf import settings
names = os.environ["ASKED"].split(",")
print(json.dumps({name: getattr(settings, name, None) for name in names}, default=str))
"""


def asked(project: Path, data: Path, *names: str, **environment: str) -> dict[str, object]:
    """Settings of a new process with this environment."""
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=project,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "QTTD_DATA_DIR": str(data),
            "ASKED": ",".join(names),
            **environment,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_without_any_variable_everything_is_embedded(project: Path, tmp_path: Path):
    found = asked(
        project,
        tmp_path,
        "EMBEDDED_DATABASE",
        "EMBEDDED_REDIS",
        "DEBUG",
        "EMAIL_FOLDER",
        "SITE_URL",
    )
    assert found == {
        "EMBEDDED_DATABASE": True,
        "EMBEDDED_REDIS": True,
        "DEBUG": False,
        "EMAIL_FOLDER": str(tmp_path / "mails"),
        "SITE_URL": "http://127.0.0.1:8000",
    }


def test_urls_name_other_servers(project: Path, tmp_path: Path):
    found = asked(
        project,
        tmp_path,
        *("EMBEDDED_DATABASE", "EMBEDDED_REDIS", "DATABASES", "CELERY_BROKER_URL", "EMAIL_HOST"),
        DATABASE_URL="postgres://u:p@db:5433/other",
        REDIS_URL="unix:///run/valkey.sock",
        EMAIL_URL="smtps://mail",
    )
    assert found["EMBEDDED_DATABASE"] is False
    assert found["EMBEDDED_REDIS"] is False
    assert found["DATABASES"]["default"]["HOST"] == "db"  # type: ignore[index]
    assert found["CELERY_BROKER_URL"] == "redis+socket:///run/valkey.sock"
    assert found["EMAIL_HOST"] == "mail"


def test_the_secret_key_is_made_once_and_kept(project: Path, tmp_path: Path):
    first = asked(project, tmp_path, "SECRET_KEY")["SECRET_KEY"]
    assert first
    assert asked(project, tmp_path, "SECRET_KEY")["SECRET_KEY"] == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_given_secret_key_counts(project: Path, tmp_path: Path):
    assert asked(project, tmp_path, "SECRET_KEY", SECRET_KEY="abc") == {"SECRET_KEY": "abc"}
    assert not (tmp_path / "secret_key").exists()


def test_a_site_behind_https_has_secure_cookies(project: Path, tmp_path: Path):
    found = asked(
        project,
        tmp_path,
        *("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "SESSION_COOKIE_SECURE"),
        SITE_URL="https://qttd.example/",
    )
    assert "qttd.example" in found["ALLOWED_HOSTS"]  # type: ignore[operator]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://qttd.example"]
    assert found["SESSION_COOKIE_SECURE"] is True


def test_the_sockets_stay_short_however_long_the_data_folder_is(project: Path, tmp_path: Path):
    deep = tmp_path.joinpath(*["a" * 60] * 3)
    found = asked(project, deep, "REDIS_URL", "DATABASES")
    assert len(str(found["REDIS_URL"]).removeprefix("unix://")) < 100
    assert len(found["DATABASES"]["default"]["HOST"] + "/.s.PGSQL.5432.lock") < 100  # type: ignore[index]


@pytest.mark.parametrize(
    ("cert", "key", "code"),
    [("a", "", "E001"), ("", "a", "E001"), ("/nowhere", "/nowhere", "E003")],
)
def test_half_a_certificate_is_named(project: Path, tmp_path: Path, cert: str, key: str, code: str):
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=project,
        env={
            "PATH": os.environ["PATH"],
            "QTTD_DATA_DIR": str(tmp_path),
            "FTP_TLS_CERT": cert,
            "FTP_TLS_KEY": key,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"qttd.{code}" in done.stderr
