from __future__ import annotations

import ftplib
import io

import pytest

from tests.monitoring.ftp.conftest import Receiver

NAME = "BG_KCNQC_NT01_20240521083500.txt"
RAW = b"COD\t48.2\tmg/L\t20240521083500\t00\r\n"


def test_making_a_folder_twice_is_answered_kindly(receiver: Receiver) -> None:
    client = receiver.login()
    assert client.mkd("/NT01") == "/NT01"
    assert client.mkd("/NT01") == "/NT01"
    assert client.mkd("NT01/2024/05") == "/NT01/2024/05"


def test_each_level_made_and_entered(receiver: Receiver) -> None:
    client = receiver.login()
    for level in ("NT01", "2024", "Thang05", "20240521"):
        client.mkd(level)
        client.cwd(level)
    client.send(NAME, RAW)
    assert client.pwd() == "/NT01/2024/Thang05/20240521"
    assert receiver.sent() == [(NAME, RAW)]


def test_a_folder_that_is_not_there_yet_can_be_entered(receiver: Receiver) -> None:
    client = receiver.login()
    client.cwd("/NT01/2024/05/21/")
    client.send(NAME, RAW)
    client.cwd("..")
    assert client.pwd() == "/NT01/2024/05"
    assert client.names("21") == [NAME]


def test_a_path_whose_folders_do_not_exist_can_be_stored_to(receiver: Receiver) -> None:
    client = receiver.login()
    assert client.send(f"/a/b/c/{NAME}", RAW).startswith("226")
    assert receiver.sent() == [(NAME, RAW)]


def test_a_file_is_no_folder_and_a_folder_no_file(receiver: Receiver) -> None:
    client = receiver.login()
    client.send(NAME, RAW)
    client.mkd("folder")
    for refused in (
        lambda: client.cwd(NAME),
        lambda: client.mkd(NAME),
        lambda: client.send("folder", RAW),
        lambda: client.send(f"{NAME}/below.txt", RAW),
    ):
        with pytest.raises(ftplib.error_perm, match=r"^55[03]"):
            refused()
    assert receiver.sent() == [(NAME, RAW)]


def test_a_copy_is_listed_in_every_way(receiver: Receiver) -> None:
    client = receiver.login()
    client.send(f"/NT01/{NAME}", RAW)
    lines: list[str] = []
    client.retrlines("LIST /NT01", lines.append)
    assert len(lines) == 1
    assert lines[0].endswith(NAME)
    assert "root" not in lines[0]
    assert client.nlst("/NT01") == [NAME]
    [(name, facts)] = client.mlsd("/NT01")
    assert (name, facts["size"], facts["type"]) == (NAME, str(len(RAW)), "file")
    assert client.size(f"/NT01/{NAME}") == len(RAW)
    assert client.sendcmd(f"MDTM /NT01/{NAME}").startswith("213 20")
    assert "250 End MLST." in client.sendcmd(f"MLST /NT01/{NAME}")


def test_an_own_copy_can_be_fetched(receiver: Receiver) -> None:
    client = receiver.login()
    client.send(NAME, RAW)
    fetched = io.BytesIO()
    client.retrbinary(f"RETR {NAME}", fetched.write)
    assert fetched.getvalue() == RAW


def test_deleting_a_copy_deletes_no_delivery(receiver: Receiver) -> None:
    client = receiver.login()
    client.send(f"/NT01/{NAME}", RAW)
    assert client.delete(f"/NT01/{NAME}").startswith("250")
    assert client.rmd("/NT01").startswith("250")
    assert client.names("/") == []
    assert receiver.sent() == [(NAME, RAW)]


def test_a_deleted_copy_is_not_continued(receiver: Receiver) -> None:
    client = receiver.login()
    client.send(NAME, b"old")
    client.delete(NAME)
    client.send(NAME, b"new", "APPE")
    assert receiver.sent()[-1] == (NAME, b"new")


def test_the_own_folder_itself_stays(receiver: Receiver) -> None:
    client = receiver.login()
    with pytest.raises(ftplib.error_perm):
        client.rmd("/")
    with pytest.raises(ftplib.error_perm):
        client.rename("/", "/elsewhere")


def test_a_change_of_mode_is_answered_kindly(receiver: Receiver) -> None:
    client = receiver.login()
    client.send(NAME + ".tmp", RAW)
    assert client.sendcmd(f"SITE CHMOD 444 {NAME}.tmp").startswith("200")
    client.rename(NAME + ".tmp", NAME)
    assert receiver.sent() == [(NAME, RAW)]


def test_an_account_sees_its_own_folder_only(receiver: Receiver) -> None:
    neighbour = receiver.login("neighbour")
    neighbour.send(NAME, b"of the neighbour")
    client = receiver.login("logger")
    assert client.names("/") == []
    for path in (f"/../neighbour/{NAME}", f"../neighbour/{NAME}", f"/../../ftp/neighbour/{NAME}"):
        with pytest.raises(ftplib.error_perm):
            client.size(path)
    client.send(f"/../neighbour/{NAME}", b"of the logger")
    assert neighbour.size(NAME) == len(b"of the neighbour")
    assert client.names("/neighbour") == [NAME]


def test_a_link_never_leads_out(receiver: Receiver) -> None:
    client = receiver.login()
    client.send("inside.txt", RAW)
    secret = receiver.folder / "secret"
    secret.mkdir()
    (secret / "secret.txt").write_bytes(b"secret")
    home = receiver.folder / "ftp" / "logger"
    (home / "out").symlink_to(secret)
    (home / "file.txt").symlink_to(secret / "secret.txt")
    assert client.names("/") == ["inside.txt"]
    for refused in (
        lambda: client.cwd("/out"),
        lambda: client.size("/out/secret.txt"),
        lambda: client.retrbinary("RETR /file.txt", lambda _: None),
        lambda: client.retrlines("LIST /out", lambda _: None),
        lambda: client.send("/out/new.txt", RAW),
        lambda: client.send("/file.txt", RAW),
        lambda: client.delete("/out/secret.txt"),
        lambda: client.rename("/out/secret.txt", "/mine.txt"),
        lambda: client.rename("/inside.txt", "/out/inside.txt"),
        lambda: client.mkd("/out/new"),
    ):
        with pytest.raises(ftplib.error_perm, match=r"^550"):
            refused()
    assert sorted(path.name for path in secret.iterdir()) == ["secret.txt"]
    assert (secret / "secret.txt").read_bytes() == b"secret"


@pytest.mark.parametrize("username", ["../neighbour", "..", ".", "a/b", ".writing", "trạm 1"])
def test_an_account_of_any_name_gets_a_folder_below_the_root(
    receiver: Receiver, username: str
) -> None:
    folder = receiver.door.shelf.folder_of(username)
    assert folder.parent == receiver.folder / "ftp"
    assert folder.name not in (".", "..", ".writing", "neighbour")
