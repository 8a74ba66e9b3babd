"""What our endpoint must know before the bench's chargers may come: an organization, the charge points, their tags."""

from pathlib import Path

from sqlalchemy import func, insert, select

from bench.load import PASSWORD, identity
from bench.messages import ID_TAGS
from wcc.clock import utcnow
from wcc.config import cipher
from wcc.db import plain_engine
from wcc.models.chargepoint import ChargePoint
from wcc.models.organization import Organization
from wcc.models.session import ChargingSession
from wcc.models.tag import AuthorizationTag

CHARGE_POINTS = 1100


def fill(database_url: str, instance: Path) -> None:
    """Put the bench's organization, charge points (with encrypted passwords) and tags into an empty, migrated database."""
    engine = plain_engine(database_url)
    password = cipher(instance).encrypt(PASSWORD.encode())
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        organization_id = connection.execute(insert(Organization).values(name="Bench").returning(Organization.id)).scalar_one()
        shared = {"organization_id": organization_id}
        connection.execute(
            insert(ChargePoint),
            [{**shared, "identity": identity(number), "password": password, "onboarded_at": utcnow()} for number in range(CHARGE_POINTS)],
        )
        connection.execute(insert(AuthorizationTag), [{**shared, "tag": tag, "folded": tag.casefold()} for tag in ID_TAGS])
    engine.dispose()


def sessions(database_url: str) -> int:
    """Charging sessions in the database: must be as many as starts were answered."""
    engine = plain_engine(database_url)
    with engine.connect() as connection:
        count = connection.execute(select(func.count()).select_from(ChargingSession)).scalar_one()
    engine.dispose()
    return count
