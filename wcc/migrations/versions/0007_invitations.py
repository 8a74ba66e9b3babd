"""Invitations; the audit log outlives organizations."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FOREIGN_KEY = "fk_audit_entry_organization_id"


def upgrade() -> None:
    op.add_column("user", sa.Column("invited_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("audit_entry", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_constraint(op.f(FOREIGN_KEY), type_="foreignkey")


def downgrade() -> None:
    op.execute("DELETE FROM audit_entry WHERE organization_id NOT IN (SELECT id FROM organization)")
    with op.batch_alter_table("audit_entry", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.create_foreign_key(op.f(FOREIGN_KEY), "organization", ["organization_id"], ["id"])
    op.drop_column("user", "invited_at")
