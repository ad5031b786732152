"""Data connections, TLS, and stopping."""

from __future__ import annotations

import ftplib
import io
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from monitoring.ftp.server import DoorMisconfigured, Settings
from tests.monitoring.ftp.conftest import SECRET, OpenDoor, Receiver

NAME = "BG_KCNQC_NT01_20240521083500.txt"
RAW = b"COD\t48.2\tmg/L\t20240521083500\t00\r\n"


def free_ports(count: int) -> range:
    """That many neighbouring ports that nobody holds now."""
    for first in range(41000, 60000, 97):
        held = []
        try:
            for port in range(first, first + count):
                held.append(socket.create_server(("127.0.0.1", port)))
        except OSError:
            continue
        finally:
            for each in held:
                each.close()
        return range(first, first + count)
    raise AssertionError("no free ports")


def test_passive_ports_come_from_the_range(open_door: OpenDoor) -> None:
    ports = free_ports(3)
    client = open_door(passive_ports=ports).login()
    for extended in (False, True):
        client.af = socket.AF_INET6 if extended else socket.AF_INET  # ftplib: EPSV for IPv6
        for _ in range(5):
            assert client.makepasv()[1] in ports
    client.af = socket.AF_INET
    assert client.send(NAME, RAW).startswith("226")


def test_extended_passive_mode_stores_a_file(receiver: Receiver) -> None:
    client = receiver.login()
    client.af = socket.AF_INET6
    assert client.send(NAME, RAW).startswith("226")
    assert receiver.sent() == [(NAME, RAW)]


def test_no_port_outside_the_range_is_ever_given(open_door: OpenDoor) -> None:
    ports = free_ports(1)
    receiver = open_door(passive_ports=ports)
    first, second = receiver.login(), receiver.login()
    assert first.makepasv()[1] == ports[0]
    with pytest.raises(ftplib.error_temp, match=r"^425"):
        second.makepasv()
    assert second.pwd() == "/"
    first.close()
    end = time.monotonic() + 5
    while True:
        try:
            assert second.makepasv()[1] == ports[0]
            break
        except ftplib.error_temp:
            assert time.monotonic() < end


def test_loggers_outside_are_told_the_public_address(open_door: OpenDoor) -> None:
    receiver = open_door(host="0.0.0.0", public_address="203.0.113.7")
    outside = receiver.connect("127.0.0.2")
    outside.login("logger", SECRET)
    assert outside.sendcmd("PASV").startswith("227 Entering passive mode (203,0,113,7,")
    assert receiver.login().sendcmd("PASV").startswith("227 Entering passive mode (127,0,0,1,")


def test_an_address_that_does_not_exist_is_named(open_door: OpenDoor) -> None:
    with pytest.raises(DoorMisconfigured, match="FTP_PUBLIC_ADDRESS"):
        open_door(public_address="256.0.0.1")


@pytest.mark.parametrize("command", ["PORT", "EPRT"])
def test_active_mode_goes_to_the_peer(receiver: Receiver, command: str) -> None:
    client = receiver.login()
    client.set_pasv(False)
    if command == "EPRT":
        client.sendport = lambda host, port: client.voidcmd(f"EPRT |1|{host}|{port}|")
    assert client.send(NAME, RAW).startswith("226")
    assert receiver.sent() == [(NAME, RAW)]


@pytest.mark.parametrize(
    "command", ["PORT 127,0,0,2,200,10", "EPRT |1|127.0.0.2|51210|", "PORT 127,0,0,1,0,22"]
)
def test_active_mode_goes_nowhere_else(receiver: Receiver, command: str) -> None:
    with pytest.raises(ftplib.error_perm, match=r"^501"):
        receiver.login().sendcmd(command)


def test_a_stranger_on_the_data_port_is_turned_away(open_door: OpenDoor) -> None:
    receiver = open_door(host="0.0.0.0")
    client = receiver.login()
    _, port = client.makepasv()
    stranger = socket.create_connection(("127.0.0.1", port), source_address=("127.0.0.3", 0))
    stranger.settimeout(5)
    assert stranger.recv(1) == b""
    stranger.close()
    with pytest.raises(ftplib.error_temp, match=r"^425"):
        client.getresp()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "cert.pem", folder / "key.pem"


def unchecked() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def secured(receiver: Receiver) -> ftplib.FTP_TLS:
    client = ftplib.FTP_TLS(timeout=10, encoding="utf-8", context=unchecked())
    receiver.clients.append(client)
    client.connect("127.0.0.1", receiver.door.address[1])
    client.login("logger", SECRET)
    return client


def test_a_file_through_tls(open_door: OpenDoor, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    receiver = open_door(tls_cert=cert, tls_key=key)
    client = secured(receiver)
    client.prot_p()
    assert client.sock.version() == "TLSv1.3"
    for number in range(3):
        reply = client.storbinary(f"STOR {number}.txt", io.BytesIO(RAW))
        assert reply.startswith("226")
    assert receiver.sent() == [(f"{number}.txt", RAW) for number in range(3)]
    assert {entry.door for entry in receiver.entries()} == {"ftps"}
    assert sorted(name for name, _ in client.mlsd()) == ["0.txt", "1.txt", "2.txt"]
    client.rename("0.txt", "new.txt")
    assert receiver.sent()[-1] == ("new.txt", RAW)
    client.quit()


def test_tls_without_farewell_on_the_data_channel_is_still_a_file(
    open_door: OpenDoor, certificate: tuple[Path, Path]
) -> None:
    cert, key = certificate
    receiver = open_door(tls_cert=cert, tls_key=key)
    client = secured(receiver)
    client.prot_p()
    connection = client.transfercmd(f"STOR {NAME}")
    connection.sendall(RAW)
    connection.shutdown(socket.SHUT_WR)
    connection.close()
    assert client.getresp().startswith("226")
    assert receiver.sent() == [(NAME, RAW)]


def test_a_reset_through_tls_leaves_nothing(
    open_door: OpenDoor, certificate: tuple[Path, Path]
) -> None:
    cert, key = certificate
    receiver = open_door(tls_cert=cert, tls_key=key)
    client = secured(receiver)
    client.prot_p()
    connection = client.transfercmd(f"STOR {NAME}")
    connection.sendall(RAW)
    time.sleep(0.1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
    with pytest.raises(ftplib.error_temp, match=r"^426"):
        client.voidresp()
    assert receiver.entries() == []


def test_plain_ftp_beside_tls(open_door: OpenDoor, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    receiver = open_door(tls_cert=cert, tls_key=key)
    assert receiver.login().send(NAME, RAW).startswith("226")
    assert [entry.door for entry in receiver.entries()] == ["ftp"]


def test_tls_can_be_required(open_door: OpenDoor, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    receiver = open_door(tls_cert=cert, tls_key=key, require_tls=True)
    with pytest.raises(ftplib.error_perm, match=r"^550"):
        receiver.login()
    client = secured(receiver)
    with pytest.raises(ftplib.error_perm, match=r"^550"):
        client.storbinary(f"STOR {NAME}", io.BytesIO(RAW))
    client.prot_p()
    assert client.storbinary(f"STOR {NAME}", io.BytesIO(RAW)).startswith("226")


def test_requiring_tls_without_a_certificate_is_named(open_door: OpenDoor) -> None:
    with pytest.raises(DoorMisconfigured, match="FTP_TLS_CERT"):
        open_door(require_tls=True)


def test_a_certificate_that_cannot_be_read_is_named(open_door: OpenDoor, tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no certificate")
    for cert in (tmp_path / "no.pem", tmp_path / "missing.pem"):
        with pytest.raises(DoorMisconfigured, match="FTP_TLS_CERT"):
            open_door(tls_cert=cert)


def test_stopping_lets_a_running_upload_finish(receiver: Receiver) -> None:
    client, idle = receiver.login(), receiver.login()
    connection = client.transfercmd(f"STOR {NAME}")
    connection.sendall(RAW)
    time.sleep(0.1)
    receiver.door.stop(grace=5)
    with pytest.raises(ftplib.error_temp, match=r"^421"):
        idle.getresp()
    assert receiver.thread.is_alive()
    connection.close()
    assert client.getresp().startswith("226")
    receiver.thread.join(5)
    assert not receiver.thread.is_alive()
    assert receiver.sent() == [(NAME, RAW)]


def test_stopping_waits_no_longer_than_its_grace(receiver: Receiver) -> None:
    client = receiver.login()
    connection = client.transfercmd(f"STOR {NAME}")
    connection.sendall(RAW)
    began = time.monotonic()
    receiver.door.stop(grace=0.3)
    receiver.thread.join(5)
    assert time.monotonic() - began < 2
    connection.close()
    assert receiver.entries() == []


def test_a_stopped_door_takes_no_new_connection(receiver: Receiver) -> None:
    receiver.door.stop()
    receiver.thread.join(5)
    with pytest.raises(ConnectionRefusedError):
        receiver.connect()


def test_a_failing_bell_disturbs_nobody(open_door: OpenDoor) -> None:
    receiver = open_door()

    def broken_bell() -> None:
        raise ConnectionError("no Valkey")

    receiver.door._spooled = broken_bell
    client = receiver.login()
    assert client.send("a.txt", RAW).startswith("226")
    assert client.send("b.txt", RAW).startswith("226")


def test_a_slow_bell_delays_no_answer(open_door: OpenDoor) -> None:
    receiver = open_door()
    go = threading.Event()
    receiver.door._spooled = lambda: go.wait(5)
    began = time.monotonic()
    assert receiver.login().send("a.txt", RAW).startswith("226")
    assert time.monotonic() - began < 2
    go.set()


def test_settings_without_anything_listen_on_loopback_only() -> None:
    assert Settings().host == "127.0.0.1"
