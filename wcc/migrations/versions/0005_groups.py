"""Groups, sharing, the role manager, the group that somebody looks at."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BEFORE = "role IN ('operator', 'administrator', 'readonly', 'user')"
_NOW = "role IN ('operator', 'administrator', 'manager', 'readonly', 'user')"
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _link(name: str, other: str) -> None:
    op.create_table(
        name,
        sa.Column("group_id", _ID, nullable=False),
        sa.Column(f"{other}_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name=op.f(f"fk_{name}_group_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint([f"{other}_id"], [f"{other}.id"], name=op.f(f"fk_{name}_{other}_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("group_id", f"{other}_id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_{other}_id"), name, [f"{other}_id"])


def upgrade() -> None:
    op.create_table(
        "group",
        sa.Column("id", _ID, nullable=False),
        sa.Column("organization_id", _ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("folded", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_group_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group")),
        sa.UniqueConstraint("organization_id", "folded", name=op.f("uq_group_organization_id_folded")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("user", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_constraint(op.f("ck_user_role"), type_="check")
        batch_op.create_check_constraint(op.f("ck_user_role"), _NOW)
        batch_op.add_column(sa.Column("group_id", _ID, nullable=True))
        batch_op.create_foreign_key(op.f("fk_user_group_id"), "group", ["group_id"], ["id"], ondelete="SET NULL")
        batch_op.create_index(op.f("ix_user_group_id"), ["group_id"])
    _link("group_user", "user")
    _link("group_charge_point", "charge_point")
    op.create_table(
        "share",
        sa.Column("id", _ID, nullable=False),
        sa.Column("charge_point_id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=True),
        sa.Column("group_id", _ID, nullable=True),
        sa.Column("administer", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(user_id IS NULL) != (group_id IS NULL)", name=op.f("ck_share_one")),
        sa.ForeignKeyConstraint(["charge_point_id"], ["charge_point.id"], name=op.f("fk_share_charge_point_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_share_user_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name=op.f("fk_share_group_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share")),
        sa.UniqueConstraint("charge_point_id", "user_id", name=op.f("uq_share_charge_point_id_user_id")),
        sa.UniqueConstraint("charge_point_id", "group_id", name=op.f("uq_share_charge_point_id_group_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_share_user_id"), "share", ["user_id"])
    op.create_index(op.f("ix_share_group_id"), "share", ["group_id"])


def downgrade() -> None:
    op.drop_table("share")
    op.drop_table("group_charge_point")
    op.drop_table("group_user")
    op.execute("UPDATE \"user\" SET role = 'user' WHERE role = 'manager'")
    with op.batch_alter_table("user", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_index(op.f("ix_user_group_id"))
        batch_op.drop_constraint(op.f("fk_user_group_id"), type_="foreignkey")
        batch_op.drop_column("group_id")
        batch_op.drop_constraint(op.f("ck_user_role"), type_="check")
        batch_op.create_check_constraint(op.f("ck_user_role"), _BEFORE)
    op.drop_table("group")
