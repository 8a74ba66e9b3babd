"""Privacy settings: the choice of a user, counts of pages, errors of browsers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("privacy", sa.String(length=40), nullable=True))
    op.create_table(
        "page_view",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("endpoint", sa.String(length=100), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "endpoint", name=op.f("pk_page_view")),
    )
    op.create_table(
        "browser_error",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("page", sa.String(length=100), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browser_error")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("browser_error", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_browser_error_at"), ["at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("browser_error", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_browser_error_at"))
    op.drop_table("browser_error")
    op.drop_table("page_view")
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_column("privacy")
