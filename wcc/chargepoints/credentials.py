"""A station's password, after it was added: who may look at it and make a new one. Each look is written down."""

from cryptography.fernet import Fernet, InvalidToken

from wcc import audit
from wcc.access import charge_point_for
from wcc.chargepoints.service import generate_password, password_fault
from wcc.db import writing
from wcc.errors import Invalid
from wcc.models import ChargePoint, User

NONE = "is not set"
UNREADABLE = "cannot be decrypted"


def station(user: User, identity: str) -> ChargePoint:
    """A station whose secrets the user may see. Raises NotFound or NotAllowed."""
    return charge_point_for(user, identity, "secrets")


def _clear(kept: bytes | None, cipher: Fernet) -> str:
    """A kept password as it is typed; one that is no text in hexadecimal, which chargers may send too. Raises Invalid."""
    if kept is None:
        raise Invalid(password=NONE)
    try:
        clear = cipher.decrypt(kept)
    except InvalidToken:  # the key was lost, or is another's
        raise Invalid(password=UNREADABLE) from None
    try:
        return clear.decode()
    except UnicodeDecodeError:
        return clear.hex()


def show(user: User, identity: str, cipher: Fernet) -> tuple[ChargePoint, str]:
    """The password of a station, to be read. Raises NotFound, NotAllowed, and Invalid where there is none or it is unreadable."""
    found = station(user, identity)
    clear = _clear(found.password, cipher)
    with writing():
        audit.note(user, "charge_point.secret_shown", identity, organization_id=found.organization_id)
    return found, clear


def renew(user: User, identity: str, cipher: Fernet) -> tuple[ChargePoint, str]:
    """Give a station a new password, which its charger needs from its next connection on. Raises NotFound or NotAllowed."""
    found, clear = station(user, identity), generate_password()
    with writing():
        found.password = cipher.encrypt(clear.encode())
        for action in ("charge_point.password_changed", "charge_point.secret_shown"):
            audit.note(user, action, identity, organization_id=found.organization_id)
    return found, clear


def replace(user: User, identity: str, clear: str, cipher: Fernet) -> None:
    """Give a station the password that its charger has already, or will be given. Raises NotFound, NotAllowed or Invalid."""
    found = station(user, identity)
    if fault := password_fault(clear):
        raise Invalid(password=fault)
    with writing():
        found.password = cipher.encrypt(clear.encode())
        audit.note(user, "charge_point.password_changed", identity, organization_id=found.organization_id)
