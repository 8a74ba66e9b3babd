"""Who is let in: identity, subprotocol and password of an upgrade request. ocpp16-rules §2, conformance cases 085 and 088."""

import binascii
import hmac
from base64 import b64decode
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Engine, select

from wcc.models import ChargePoint

PREFIX = "/ocpp/"
SUBPROTOCOL = "ocpp1.6"
MOST_BYTES = 1_048_576


@dataclass(frozen=True)
class Refusal:
    """Why an upgrade is refused: HTTP status, and words for the charger's log and the operator's."""

    status: str
    why: str
    challenge: bool = False


@dataclass(frozen=True)
class Guest:
    """A charger that is let in. `subprotocol` is None where it offered none and may."""

    id: int
    organization_id: int
    identity: str
    max_bytes: int | None
    subprotocol: str | None


def identity_of(target: str) -> str | None:
    """Identity in a request target: split first, decoded once; a trailing slash and a query string are taken."""
    path = target.partition("?")[0]
    if not path.startswith(PREFIX):
        return None
    segment = path[len(PREFIX) :].rstrip("/")
    if not segment or "/" in segment:
        return None
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        return None


def negotiate(offered: str) -> str | None:
    """Our subprotocol if it is in the offered list, word for word."""
    return SUBPROTOCOL if SUBPROTOCOL in (word.strip() for word in offered.split(",")) else None


def password_matches(given: bytes, kept: bytes) -> bool:
    """Compare in every form in which an AuthorizationKey travels: as it is, as raw bytes of a hex key, as hex of a raw key."""
    forms = [kept]
    try:
        forms.append(binascii.unhexlify(kept))
    except (binascii.Error, ValueError):
        pass
    given_forms = [given]
    try:
        given_forms.append(binascii.unhexlify(given))
    except (binascii.Error, ValueError):
        pass
    # All pairs are compared, so that the time taken does not tell which form fits.
    return sum(hmac.compare_digest(one, other) for one in given_forms for other in forms) > 0


def credentials(header: str) -> tuple[bytes, bytes] | None:
    """User and password bytes of a Basic Authorization header, split at the first colon."""
    scheme, _, coded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = b64decode(coded.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None
    return (user, password) if colon else None


class Doorkeeper:
    """Decides on upgrades, by the database."""

    def __init__(self, engine: Engine, cipher: Fernet) -> None:
        self.engine = engine
        self.cipher = cipher
        table = ChargePoint.__table__
        wanted = (
            "id",
            "organization_id",
            "identity",
            "password",
            "allow_no_subprotocol",
            "max_message_bytes",
        )
        self._select = select(*(table.c[name] for name in wanted))
        self._identity = table.c.identity

    def admit(self, target: str, subprotocols: str, authorization: str) -> Guest | Refusal:
        """Judge an upgrade by its request target and headers. Raises sqlalchemy's errors when the database is away."""
        identity = identity_of(target)
        if identity is None or "\0" in identity:
            return Refusal("404 Not Found", "no charge point id in the address")
        with self.engine.connect() as conn:
            row = conn.execute(self._select.where(self._identity == identity)).first()
        if row is None:
            return Refusal("404 Not Found", "unknown charge point id")
        subprotocol = negotiate(subprotocols)
        if subprotocol is None and (subprotocols.strip() or not row.allow_no_subprotocol):
            return Refusal("400 Bad Request", f"subprotocol {SUBPROTOCOL} is not offered")
        if row.password is not None and not self._proves(identity, row.password, authorization):
            return Refusal("401 Unauthorized", "wrong or missing password", challenge=True)
        return Guest(
            row.id,
            row.organization_id,
            row.identity,
            row.max_message_bytes,
            subprotocol,
        )

    def _proves(self, identity: str, kept: bytes, authorization: str) -> bool:
        given = credentials(authorization)
        if given is None or given[0] != identity.encode():
            return False
        try:
            return password_matches(given[1], self.cipher.decrypt(kept))
        except InvalidToken:
            return False
