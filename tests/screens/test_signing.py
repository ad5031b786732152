"""Coming in, in one's own language."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from config.demonstration import TOUR
from tests.factories import PersonFactory

PASSWORD = "mot-mat-khau-dai"


@pytest.fixture
def reader(db: None) -> str:
    person = PersonFactory(username="nguoixem", language="en")
    person.set_password(PASSWORD)
    person.save()
    return "nguoixem"


def sign_in(client: Client, username: str, password: str = PASSWORD) -> int:
    answer = client.post("/login/", {"username": username, "password": password})
    return answer.status_code


def test_the_door_speaks_vietnamese_whatever_the_browser_prefers(db: None) -> None:
    shown = Client(headers={"accept-language": "en-US"}).get("/login/").content.decode()
    assert '<html lang="vi">' in shown
    assert "Tên đăng nhập" in shown


def test_after_signing_in_the_persons_language_is_spoken(reader: str) -> None:
    client = Client()
    assert sign_in(client, reader) == 302
    assert '<html lang="en">' in client.get("/").content.decode()


def test_another_language_can_be_chosen_and_is_kept(reader: str) -> None:
    client = Client()
    sign_in(client, reader)
    answer = client.post("/i18n/setlang/", {"language": "vi"}, headers={"referer": "/alerts/"})
    assert answer["Location"] == "/alerts/"
    assert '<html lang="vi">' in client.get("/").content.decode()
    again = Client()
    sign_in(again, reader)
    assert '<html lang="vi">' in again.get("/").content.decode()


def test_an_unknown_language_changes_nothing(reader: str) -> None:
    client = Client()
    sign_in(client, reader)
    client.post("/i18n/setlang/", {"language": "xx"})
    assert '<html lang="en">' in client.get("/").content.decode()


def test_a_wrong_password_is_told_without_saying_which_was_wrong(reader: str) -> None:
    for username in (reader, "khongco"):
        answer = Client().post("/login/", {"username": username, "password": "sai"})
        assert "Tên đăng nhập hoặc mật khẩu chưa đúng." in answer.content.decode()


def test_after_five_wrong_passwords_the_door_asks_to_wait(reader: str) -> None:
    client = Client()
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post("/login/", {"username": reader, "password": "sai"})
    assert answer.status_code == 429
    assert "Đã thử quá nhiều lần" in answer.content.decode()
    assert "15 phút" in answer.content.decode().replace("\u00a0", " ")
    assert sign_in(client, reader) == 429


def test_signing_out_needs_a_post(reader: str) -> None:
    client = Client()
    sign_in(client, reader)
    assert client.get("/logout/").status_code == 405
    client.post("/logout/")
    assert client.get("/").status_code == 302


def test_demo_logins_are_shown_only_where_they_exist(db: None) -> None:
    assert "minhhoa-qttd" not in Client().get("/login/").content.decode()
    PersonFactory(username="canbo.stnmt")
    assert "canbo.stnmt" in Client().get("/login/").content.decode()


def test_the_door_offers_the_people_of_the_tour(db: None) -> None:
    readme = (settings.BASE_DIR / "README.md").read_text(encoding="utf-8")
    for username in TOUR:
        PersonFactory(username=username)
    page = Client().get("/login/").content.decode()
    assert all(f"`{username}`" in readme and username in page for username in TOUR)
