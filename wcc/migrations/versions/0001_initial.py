"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organization",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("price_per_kwh", sa.BigInteger(), nullable=True),
        sa.Column("price_per_session", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("name", name=op.f("uq_organization_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("charge_point_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "user",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("first_name", sa.String(length=100), nullable=False),
        sa.Column("last_name", sa.String(length=100), nullable=False),
        sa.Column("employee_number", sa.String(length=50), nullable=False),
        sa.Column("customer_number", sa.String(length=50), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("role IN ('operator', 'administrator', 'user')", name=op.f("ck_user_role")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_user_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "authorization_tag",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("tag", sa.String(length=20), nullable=False),
        sa.Column("folded", sa.String(length=20), nullable=False),
        sa.Column("virtual", sa.Boolean(), nullable=False),
        sa.Column("alias", sa.String(length=100), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("parent", sa.String(length=20), nullable=True),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("type IN ('Other', 'Private', 'Business')", name=op.f("ck_authorization_tag_type")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_authorization_tag_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_authorization_tag_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorization_tag")),
        sa.UniqueConstraint("organization_id", "folded", name=op.f("uq_authorization_tag_organization_id_folded")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("authorization_tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_authorization_tag_user_id"), ["user_id"], unique=False)

    op.create_table(
        "charge_point",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("identity", sa.String(length=255), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("site", sa.String(length=200), nullable=False),
        sa.Column("house_number", sa.String(length=20), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column("zip_code", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=100), nullable=False),
        sa.Column("onboarded_at", sa.BigInteger(), nullable=False),
        sa.Column("password", sa.LargeBinary(), nullable=True),
        sa.Column("allow_no_subprotocol", sa.Boolean(), nullable=False),
        sa.Column("max_message_bytes", sa.Integer(), nullable=True),
        sa.Column("free_charging", sa.Boolean(), nullable=False),
        sa.Column("free_charging_tag", sa.String(length=20), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("node", sa.String(length=100), nullable=True),
        sa.Column("connection", sa.String(length=40), nullable=True),
        sa.Column("connected_at", sa.BigInteger(), nullable=True),
        sa.Column("disconnected_at", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("booted_at", sa.BigInteger(), nullable=True),
        sa.Column("vendor", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("firmware_version", sa.Text(), nullable=True),
        sa.Column("charge_point_serial", sa.Text(), nullable=True),
        sa.Column("charge_box_serial", sa.Text(), nullable=True),
        sa.Column("meter_serial", sa.Text(), nullable=True),
        sa.Column("meter_type", sa.Text(), nullable=True),
        sa.Column("iccid", sa.Text(), nullable=True),
        sa.Column("imsi", sa.Text(), nullable=True),
        sa.Column("firmware_status", sa.Text(), nullable=True),
        sa.Column("diagnostics_status", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_charge_point_organization_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_charge_point_user_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_point")),
        sa.UniqueConstraint("identity", name=op.f("uq_charge_point_identity")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("charge_point", schema=None) as batch_op:
        batch_op.create_index("ix_charge_point_node", ["node"], unique=False)
        batch_op.create_index("ix_charge_point_organization_identity", ["organization_id", "identity"], unique=False)
        batch_op.create_index(batch_op.f("ix_charge_point_user_id"), ["user_id"], unique=False)

    op.create_table(
        "sign_in",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_sign_in_organization_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_sign_in_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_seen_at"), ["seen_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_user_id"), ["user_id"], unique=False)

    op.create_table(
        "charger_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("charge_point_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("happened_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["charge_point_id"], ["charge_point.id"], name=op.f("fk_charger_event_charge_point_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_charger_event_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charger_event")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("charger_event", schema=None) as batch_op:
        batch_op.create_index("ix_charger_event_station", ["charge_point_id", "id"], unique=False)

    op.create_table(
        "charging_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=36), nullable=False),
        sa.Column("start_key", sa.String(length=64), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("charge_point_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connector", sa.Integer(), nullable=False),
        sa.Column("id_tag", sa.Text(), nullable=False),
        sa.Column("id_tag_folded", sa.Text(), nullable=False),
        sa.Column("tag_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("authorization", sa.String(length=20), nullable=False),
        sa.Column("reservation_id", sa.BigInteger(), nullable=True),
        sa.Column("tag_alias", sa.Text(), nullable=True),
        sa.Column("tag_type", sa.String(length=20), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("employee_number", sa.Text(), nullable=True),
        sa.Column("customer_number", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("site", sa.Text(), nullable=True),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("house_number", sa.Text(), nullable=True),
        sa.Column("zip_code", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("price_per_kwh", sa.BigInteger(), nullable=True),
        sa.Column("price_per_session", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("started_received_at", sa.BigInteger(), nullable=False),
        sa.Column("started_late", sa.Boolean(), nullable=False),
        sa.Column("meter_start_wh", sa.BigInteger(), nullable=False),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.Column("stopped_received_at", sa.BigInteger(), nullable=True),
        sa.Column("stopped_late", sa.Boolean(), nullable=False),
        sa.Column("meter_stop_wh", sa.BigInteger(), nullable=True),
        sa.Column("stop_reason", sa.Text(), nullable=True),
        sa.Column("stop_id_tag", sa.Text(), nullable=True),
        sa.Column("stop_guessed", sa.Boolean(), nullable=False),
        sa.Column("stop_missing", sa.Boolean(), nullable=False),
        sa.Column("energy_wh", sa.BigInteger(), nullable=True),
        sa.Column("charging_ms", sa.BigInteger(), nullable=False),
        sa.Column("power_w", sa.Double(), nullable=True),
        sa.Column("max_power_w", sa.Double(), nullable=True),
        sa.Column("soc_percent", sa.Double(), nullable=True),
        sa.Column("values_at", sa.BigInteger(), nullable=True),
        sa.Column("plugged_in_at", sa.BigInteger(), nullable=True),
        sa.Column("goal_reached_at", sa.BigInteger(), nullable=True),
        sa.Column("plugged_out_at", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["charge_point_id"], ["charge_point.id"], name=op.f("fk_charging_session_charge_point_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_charging_session_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["authorization_tag.id"], name=op.f("fk_charging_session_tag_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_charging_session_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charging_session")),
        sa.UniqueConstraint("reference", name=op.f("uq_charging_session_reference")),
        sa.UniqueConstraint("start_key", name=op.f("uq_charging_session_start_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("charging_session", schema=None) as batch_op:
        batch_op.create_index(
            "ix_charging_session_open",
            ["charge_point_id", "connector"],
            unique=False,
            sqlite_where=sa.text("stopped_at IS NULL"),
            postgresql_where=sa.text("stopped_at IS NULL"),
        )
        batch_op.create_index(
            "ix_charging_session_organization_started", ["organization_id", "started_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_charging_session_station", ["charge_point_id", "connector", "started_at"], unique=False
        )
        batch_op.create_index(
            "ix_charging_session_tag", ["organization_id", "id_tag_folded", "started_at"], unique=False
        )
        batch_op.create_index("ix_charging_session_user", ["user_id", "started_at"], unique=False)

    op.create_table(
        "connector_sample",
        sa.Column(
            "charge_point_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("connector", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("energy_wh", sa.BigInteger(), nullable=True),
        sa.Column("power_w", sa.Double(), nullable=True),
        sa.Column("offered_w", sa.Double(), nullable=True),
        sa.Column("offered_a", sa.Double(), nullable=True),
        sa.Column("current_l1_a", sa.Double(), nullable=True),
        sa.Column("current_l2_a", sa.Double(), nullable=True),
        sa.Column("current_l3_a", sa.Double(), nullable=True),
        sa.Column("voltage_l1_v", sa.Double(), nullable=True),
        sa.Column("voltage_l2_v", sa.Double(), nullable=True),
        sa.Column("voltage_l3_v", sa.Double(), nullable=True),
        sa.Column("soc_percent", sa.Double(), nullable=True),
        sa.Column("temperature_c", sa.Double(), nullable=True),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["charge_point_id"],
            ["charge_point.id"],
            name=op.f("fk_connector_sample_charge_point_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("charge_point_id", "connector", "at", name=op.f("pk_connector_sample")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "status_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("charge_point_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connector", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("vendor_error_code", sa.Text(), nullable=True),
        sa.Column("info", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["charge_point_id"], ["charge_point.id"], name=op.f("fk_status_change_charge_point_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_status_change_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_change")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("status_change", schema=None) as batch_op:
        batch_op.create_index(
            "ix_status_change_connector_time", ["charge_point_id", "connector", "changed_at"], unique=False
        )

    op.create_table(
        "connector",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("charge_point_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("vendor_error_code", sa.Text(), nullable=True),
        sa.Column("vendor_id", sa.Text(), nullable=True),
        sa.Column("info", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=True),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("values_at", sa.BigInteger(), nullable=True),
        sa.Column("energy_wh", sa.BigInteger(), nullable=True),
        sa.Column("power_w", sa.Double(), nullable=True),
        sa.Column("offered_w", sa.Double(), nullable=True),
        sa.Column("offered_a", sa.Double(), nullable=True),
        sa.Column("current_l1_a", sa.Double(), nullable=True),
        sa.Column("current_l2_a", sa.Double(), nullable=True),
        sa.Column("current_l3_a", sa.Double(), nullable=True),
        sa.Column("voltage_l1_v", sa.Double(), nullable=True),
        sa.Column("voltage_l2_v", sa.Double(), nullable=True),
        sa.Column("voltage_l3_v", sa.Double(), nullable=True),
        sa.Column("soc_percent", sa.Double(), nullable=True),
        sa.Column("temperature_c", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["charge_point_id"], ["charge_point.id"], name=op.f("fk_connector_charge_point_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_connector_organization_id")),
        sa.ForeignKeyConstraint(["session_id"], ["charging_session.id"], name=op.f("fk_connector_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connector")),
        sa.UniqueConstraint("charge_point_id", "number", name=op.f("uq_connector_charge_point_id_number")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("connector", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_connector_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_connector_session_id"), ["session_id"], unique=False)

    op.create_table(
        "meter_sample",
        sa.Column("session_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("energy_wh", sa.BigInteger(), nullable=True),
        sa.Column("power_w", sa.Double(), nullable=True),
        sa.Column("offered_w", sa.Double(), nullable=True),
        sa.Column("offered_a", sa.Double(), nullable=True),
        sa.Column("current_l1_a", sa.Double(), nullable=True),
        sa.Column("current_l2_a", sa.Double(), nullable=True),
        sa.Column("current_l3_a", sa.Double(), nullable=True),
        sa.Column("voltage_l1_v", sa.Double(), nullable=True),
        sa.Column("voltage_l2_v", sa.Double(), nullable=True),
        sa.Column("voltage_l3_v", sa.Double(), nullable=True),
        sa.Column("soc_percent", sa.Double(), nullable=True),
        sa.Column("temperature_c", sa.Double(), nullable=True),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["charging_session.id"], name=op.f("fk_meter_sample_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "at", name=op.f("pk_meter_sample")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "operation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.String(length=36), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("charge_point_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("connector", sa.Integer(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("id_tag_folded", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deadline_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'sent', 'answered', 'refused', 'no_answer', 'offline', 'failed')",
            name=op.f("ck_operation_state"),
        ),
        sa.ForeignKeyConstraint(
            ["charge_point_id"], ["charge_point.id"], name=op.f("fk_operation_charge_point_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_operation_organization_id")),
        sa.ForeignKeyConstraint(["session_id"], ["charging_session.id"], name=op.f("fk_operation_session_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_operation_user_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation")),
        sa.UniqueConstraint("message_id", name=op.f("uq_operation_message_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("operation", schema=None) as batch_op:
        batch_op.create_index("ix_operation_open", ["state", "deadline_at"], unique=False)
        batch_op.create_index("ix_operation_organization", ["organization_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_operation_session_id"), ["session_id"], unique=False)
        batch_op.create_index("ix_operation_station", ["charge_point_id", "kind", "id"], unique=False)

    op.create_table(
        "orphan_stop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("charge_point_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("transaction_id", sa.String(length=40), nullable=False),
        sa.Column("id_tag", sa.Text(), nullable=True),
        sa.Column("stopped_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("meter_stop_wh", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["charge_point_id"], ["charge_point.id"], name=op.f("fk_orphan_stop_charge_point_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_orphan_stop_organization_id")),
        sa.ForeignKeyConstraint(["session_id"], ["charging_session.id"], name=op.f("fk_orphan_stop_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orphan_stop")),
        sa.UniqueConstraint(
            "charge_point_id",
            "transaction_id",
            "stopped_at",
            "meter_stop_wh",
            name=op.f("uq_orphan_stop_charge_point_id_transaction_id_stopped_at_meter_stop_wh"),
        ),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("orphan_stop")
    with op.batch_alter_table("operation", schema=None) as batch_op:
        batch_op.drop_index("ix_operation_station")
        batch_op.drop_index(batch_op.f("ix_operation_session_id"))
        batch_op.drop_index("ix_operation_organization")
        batch_op.drop_index("ix_operation_open")

    op.drop_table("operation")
    op.drop_table("meter_sample")
    with op.batch_alter_table("connector", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_connector_session_id"))
        batch_op.drop_index(batch_op.f("ix_connector_organization_id"))

    op.drop_table("connector")
    with op.batch_alter_table("status_change", schema=None) as batch_op:
        batch_op.drop_index("ix_status_change_connector_time")

    op.drop_table("status_change")
    op.drop_table("connector_sample")
    with op.batch_alter_table("charging_session", schema=None) as batch_op:
        batch_op.drop_index("ix_charging_session_user")
        batch_op.drop_index("ix_charging_session_tag")
        batch_op.drop_index("ix_charging_session_station")
        batch_op.drop_index("ix_charging_session_organization_started")
        batch_op.drop_index(
            "ix_charging_session_open",
            sqlite_where=sa.text("stopped_at IS NULL"),
            postgresql_where=sa.text("stopped_at IS NULL"),
        )

    op.drop_table("charging_session")
    with op.batch_alter_table("charger_event", schema=None) as batch_op:
        batch_op.drop_index("ix_charger_event_station")

    op.drop_table("charger_event")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_user_id"))
        batch_op.drop_index(batch_op.f("ix_sign_in_seen_at"))

    op.drop_table("sign_in")
    with op.batch_alter_table("charge_point", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_charge_point_user_id"))
        batch_op.drop_index("ix_charge_point_organization_identity")
        batch_op.drop_index("ix_charge_point_node")

    op.drop_table("charge_point")
    with op.batch_alter_table("authorization_tag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_authorization_tag_user_id"))

    op.drop_table("authorization_tag")
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_organization_id"))

    op.drop_table("user")
    op.drop_table("quarantine")
    op.drop_table("organization")
