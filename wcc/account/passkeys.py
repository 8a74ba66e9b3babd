"""Passkeys as second step (WebAuthn level 2, by py_webauthn). The server sends a challenge, the browser's answer comes in a form."""

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from wcc import audit
from wcc.account import passing, recovery
from wcc.account.service import end_other_sign_ins
from wcc.clock import utcnow
from wcc.config import secret
from wcc.db import db, writing
from wcc.errors import Invalid, NotFound
from wcc.models import Passkey, User
from wcc.users.second_factor import clear, held, tell

LONGEST_NAME = 60
CHALLENGE_S = 600
TIMEOUT_MS = 120_000
MAX_ID = 2**31 - 1
# What py_webauthn makes of an answer that is none: beside its own errors those of JSON, of CBOR and of keys that are no keys.
BROKEN = (WebAuthnException, ValueError, LookupError, TypeError, RecursionError)
CREATE, GET = "passkey-create", "passkey-get"  # kinds of challenges


@dataclass(frozen=True)
class Site:
    """Where passkeys are good: a host name, and the origins that a browser may name. `rp_id` is empty where there is no host name."""

    rp_id: str
    origins: tuple[str, ...]

    @classmethod
    def of(cls, public_url: str, asked: str) -> "Site":
        """Of the public address; without one, of the host (and port) that was asked."""
        parts = urlsplit(public_url or f"//{asked}")
        host = (parts.hostname or "").lower()
        # Browsers hold a passkey for http only at localhost, so naming both schemes opens nothing.
        origins = (f"{parts.scheme}://{parts.netloc}",) if public_url else (f"https://{asked}", f"http://{asked}")
        return cls("" if _is_number(host) else host, tuple(origin.lower() for origin in origins))


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _handle(instance: Path, user: User) -> bytes:
    """What authenticators know the person by: the same each time, and no name."""
    return hmac.new(secret(instance, "second-step-key"), f"user:{user.id}".encode(), hashlib.sha256).digest()


def _descriptors(keys: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=key.credential_id) for key in keys]


def at(site: Site, user: User) -> list[Passkey]:
    """The person's passkeys that are good here."""
    return [key for key in held(user).passkeys if key.rp_id == site.rp_id]


def options_to_create(instance: Path, user: User, sign_in_id: str, site: Site, brand: str) -> str:
    """What the browser needs to make a passkey, as JSON; the challenge is remembered. Raises Unavailable without Redis."""
    options = webauthn.generate_registration_options(
        rp_id=site.rp_id,
        rp_name=brand,
        user_id=_handle(instance, user),
        user_name=user.email,
        user_display_name=user.name,
        timeout=TIMEOUT_MS,
        exclude_credentials=_descriptors(at(site, user)),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
    )
    passing.keep(CREATE, sign_in_id, options.challenge, CHALLENGE_S)
    return webauthn.options_to_json(options)


def fault(name: str) -> str:
    """What is wrong with the name of a passkey: `length`, `printable`, or nothing."""
    if not 1 <= len(name) <= LONGEST_NAME:
        return "length"
    return "" if name.isprintable() else "printable"


def add(instance: Path, user: User, sign_in_id: str, site: Site, name: str, answer: str) -> list[str]:
    """Add the passkey that the browser made. Gives recovery codes when it is the first second step.

    Raises Invalid (naming `name` when it is that), Unavailable without Redis.
    """
    name = name.strip()
    if wrong := fault(name):
        raise Invalid(name=wrong)
    challenge = passing.take(CREATE, sign_in_id)
    if challenge is None or not site.rp_id:
        raise Invalid("the challenge is over")
    try:
        made = webauthn.verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.rp_id, expected_origin=list(site.origins)
        )
    except BROKEN as error:
        raise Invalid(f"no passkey: {error}") from error
    fresh = Passkey(
        organization_id=user.organization_id, user_id=user.id, name=name, rp_id=site.rp_id,
        credential_id=made.credential_id, public_key=made.credential_public_key, sign_count=made.sign_count,
    )  # fmt: skip
    return _store(instance, user, sign_in_id, fresh)


def _store(instance: Path, user: User, sign_in_id: str, fresh: Passkey) -> list[str]:
    first = not held(user)
    try:
        with writing() as session:
            session.add(fresh)
            codes = recovery.fill(session, instance, user) if first else []
            if first:  # the others came in by the password alone
                end_other_sign_ins(session, user, sign_in_id)
            audit.note(user, "second_step.passkey_added")
    except IntegrityError:
        raise Invalid("this passkey is known already") from None
    tell(user, "passkey_added")
    return codes


def options_to_use(user: User, key: str, site: Site) -> str:
    """What the browser needs to use one of the person's passkeys, as JSON, for the half sign-in of this key. Raises Unavailable."""
    options = webauthn.generate_authentication_options(rp_id=site.rp_id, timeout=TIMEOUT_MS, allow_credentials=_descriptors(at(site, user)))
    passing.keep(GET, key, options.challenge, CHALLENGE_S)
    return webauthn.options_to_json(options)


def use(user: User, key: str, site: Site, answer: str) -> None:
    """Take the browser's answer to the challenge, which is over either way. Raises Invalid, Unavailable without Redis."""
    challenge = passing.take(GET, key)
    if challenge is None:
        raise Invalid("the challenge is over")
    try:
        credential = parse_authentication_credential_json(answer)
        known = next((each for each in at(site, user) if each.credential_id == credential.raw_id), None)
        if known is None:
            raise Invalid("this passkey is unknown")
        used = webauthn.verify_authentication_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=site.rp_id, expected_origin=list(site.origins),
            credential_public_key=known.public_key, credential_current_sign_count=known.sign_count,
        )  # fmt: skip
    except BROKEN as error:
        raise Invalid(f"no passkey: {error}") from error
    with writing() as session:
        counted = update(Passkey).where(Passkey.id == known.id).values(sign_count=used.new_sign_count, last_used_at=utcnow())
        session.execute(counted)


def remove(user: User, passkey_id: int, sign_in_id: str) -> None:
    """Forget a passkey of the person; with the last second step go the recovery codes. Other sign-ins end. Raises NotFound."""
    theirs = (Passkey.id == passkey_id) & (Passkey.user_id == user.id)
    if passkey_id > MAX_ID or db.session.scalar(select(Passkey.id).where(theirs)) is None:
        raise NotFound(str(passkey_id))
    with writing() as session:
        session.execute(delete(Passkey).where(theirs))
        if not held(user):
            clear(session, user)
        end_other_sign_ins(session, user, sign_in_id)
        audit.note(user, "second_step.passkey_removed")
    tell(user, "passkey_removed")
