"""Certificates of the security extension: roots that the charger trusts, and asking for one of its own."""

import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HashData = dict[str, str]  # as the ocpp package spells it


def _hash_data(certificate: x509.Certificate) -> HashData:
    """What names a root certificate, which has signed itself."""
    key = certificate.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {
        "hash_algorithm": "SHA256",
        "issuer_name_hash": hashlib.sha256(certificate.issuer.public_bytes()).hexdigest(),
        "issuer_key_hash": hashlib.sha256(key).hexdigest(),
        "serial_number": f"{certificate.serial_number:x}",
    }


class Certificates:
    """The certificates of one charger."""

    def __init__(self) -> None:
        self._roots: dict[str, list[HashData]] = {}
        self.own: str | None = None  # chain, PEM

    def install(self, kind: str, pem: str) -> str:
        """Answer to InstallCertificate: Accepted, or Rejected for what cannot be read."""
        try:
            data = _hash_data(x509.load_pem_x509_certificate(pem.encode()))
        except ValueError:
            return "Rejected"
        held = self._roots.setdefault(kind, [])
        if data not in held:
            held.append(data)
        return "Accepted"

    def listed(self, kind: str) -> list[HashData]:
        """The roots of one kind."""
        return list(self._roots.get(kind, []))

    def delete(self, data: HashData) -> str:
        """Answer to DeleteCertificate: Accepted or NotFound."""
        for held in self._roots.values():
            if data in held:
                held.remove(data)
                return "Accepted"
        return "NotFound"

    def request(self, identity: str) -> str:
        """A request for a certificate (PEM) in the charger's name, with a new key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, identity[:64])])
        signed = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM).decode()

    def take(self, chain: str) -> str:
        """Answer to CertificateSigned: Accepted, or Rejected for what cannot be read."""
        try:
            x509.load_pem_x509_certificates(chain.encode())
        except ValueError:
            return "Rejected"
        self.own = chain
        return "Accepted"
