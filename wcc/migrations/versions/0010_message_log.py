"""The message log, and attempts to connect."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "message_log",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("charge_point_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("direction", sa.String(3), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("took_ms", sa.BigInteger(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_log")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_message_log_station", "message_log", ["charge_point_id", "at", "id"])
    op.create_table(
        "connection_attempt",
        sa.Column("id", ID, nullable=False),
        sa.Column("identity", sa.String(255), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection_attempt")),
        sa.UniqueConstraint("identity", "address", "reason", "hour", name=op.f("uq_connection_attempt_identity_address_reason_hour")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_connection_attempt_identity", "connection_attempt", ["identity", "at"])
    op.create_index("ix_connection_attempt_at", "connection_attempt", ["at"])


def downgrade() -> None:
    op.drop_table("connection_attempt")
    op.drop_table("message_log")
