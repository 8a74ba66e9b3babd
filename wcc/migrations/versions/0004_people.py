"""Mobile numbers, the role readonly, the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BEFORE = "role IN ('operator', 'administrator', 'user')"
_NOW = "role IN ('operator', 'administrator', 'readonly', 'user')"


def upgrade() -> None:
    op.add_column("user", sa.Column("mobile_number", sa.String(length=30), server_default="", nullable=False))
    with op.batch_alter_table("user", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_constraint(op.f("ck_user_role"), type_="check")
        batch_op.create_check_constraint(op.f("ck_user_role"), _NOW)
        batch_op.alter_column("mobile_number", server_default=None)
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_user_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_audit_entry_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_entry_organization", "audit_entry", ["organization_id", "id"])
    op.create_index("ix_audit_entry_user", "audit_entry", ["user_id"])
    op.create_index("ix_audit_entry_subject_user", "audit_entry", ["subject_user_id"])


def downgrade() -> None:
    op.drop_table("audit_entry")
    op.execute("UPDATE \"user\" SET role = 'user' WHERE role = 'readonly'")
    with op.batch_alter_table("user", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_constraint(op.f("ck_user_role"), type_="check")
        batch_op.create_check_constraint(op.f("ck_user_role"), _BEFORE)
        batch_op.drop_column("mobile_number")
