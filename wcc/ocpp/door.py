"""Who is let in: identity, subprotocol and password of an upgrade request. ocpp16-rules §2, conformance cases 085 and 088."""

import binascii
import hmac
from base64 import b64decode, b64encode
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
    """Why an upgrade is refused: HTTP status, and words for the charger's log and the operator's.

    `reason` and `detail` are for the connection doctor (`wcc.doctor.reasons`); the detail never holds a part of a password.
    """

    status: str
    why: str
    reason: str
    detail: str = ""
    challenge: bool = False


@dataclass(frozen=True)
class Guest:
    """A charger that is let in. `subprotocol` is None where it offered none and may."""

    id: int
    organization_id: int
    identity: str
    max_bytes: int | None
    subprotocol: str | None
    address: str = ""


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


def near_miss(given: bytes, right: bytes) -> str:
    """In which way a wrong password is nearly the right one: a word for `wcc.doctor.reasons`, empty where it is not."""
    if not given:
        return "empty"
    if given.strip(b" \t\r\n\0\"'") == right:
        return "around"
    if given.lower() == right.lower():
        return "case"
    if given in (b64encode(right), b64encode(right).rstrip(b"=")) or right in (b64encode(given), b64encode(given).rstrip(b"=")):
        return "base64"
    if _hex_of_hex(given, right):
        return "hex"
    if len(given) >= max(8, len(right) // 2) and right.startswith(given):
        return "cut"
    return ""


def _hex_of_hex(given: bytes, right: bytes) -> bool:
    """Whether one is the hex form of the other beyond what is taken anyway: separated by spaces, colons or 0x."""
    plain = given.lower().replace(b"0x", b"").translate(None, b" :-")
    return plain != given and password_matches(plain, right)


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
            return Refusal("404 Not Found", "no charge point id in the address", "no_identity")
        with self.engine.connect() as conn:
            row = conn.execute(self._select.where(self._identity == identity)).first()
        if row is None:
            return Refusal("404 Not Found", "unknown charge point id", "unknown")
        subprotocol = negotiate(subprotocols)
        if subprotocol is None and (subprotocols.strip() or not row.allow_no_subprotocol):
            return Refusal("400 Bad Request", f"subprotocol {SUBPROTOCOL} is not offered", "subprotocol", subprotocols.strip()[:100])
        if row.password is not None and (fault := self._fault(identity, row.password, authorization)):
            reason, _, detail = fault.partition(":")
            return Refusal("401 Unauthorized", "wrong or missing password", reason, detail, challenge=True)
        return Guest(
            row.id,
            row.organization_id,
            row.identity,
            row.max_message_bytes,
            subprotocol,
        )

    def _fault(self, identity: str, kept: bytes, authorization: str) -> str:
        """The doctor's reason why this proves nothing, with a detail behind a colon; empty where it does prove the identity."""
        if not authorization.strip():
            return "no_password"
        given = credentials(authorization)
        if given is None:
            return "bad_authorization"
        try:
            right = self.cipher.decrypt(kept)
        except InvalidToken:
            return "bad_key"
        if given[0] != identity.encode():
            return "wrong_user"
        return "" if password_matches(given[1], right) else f"wrong_password:{near_miss(given[1], right)}"
