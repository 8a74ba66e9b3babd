"""Operations find the notices that chargers sent after them."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_charger_event_kind", "charger_event", ["charge_point_id", "kind", "id"])


def downgrade() -> None:
    op.drop_index("ix_charger_event_kind", "charger_event")
