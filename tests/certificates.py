"""An authority of our own and certificates that it signed, for servers on loopback."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name("Authority of a test"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
    )


@dataclass(frozen=True)
class Authority:
    """Who trusts the file `trusted` trusts what `server` serves with."""

    folder: Path
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def made_in(cls, folder: Path) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        own = (
            _builder("Authority of a test", key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        made = cls(folder, key)
        made.trusted.write_bytes(own.public_bytes(serialization.Encoding.PEM))
        return made

    @property
    def trusted(self) -> Path:
        return self.folder / "authority.pem"

    def server(self, *names: str) -> ssl.SSLContext:
        """A server's side of TLS with a certificate for these names and addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternative = x509.SubjectAlternativeName([_general(name) for name in names])
        signed = (
            _builder(names[0], key)
            .add_extension(alternative, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        file = self.folder / f"{names[0]}.pem"
        plain = serialization.NoEncryption()
        file.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
            + signed.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
