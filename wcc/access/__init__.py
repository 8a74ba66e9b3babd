"""Who may see and do what. The one place: every query and every service asks here.

Roles (`wcc.models.user.ROLES`): operator: everything in every organization · administrator: everything in the organization ·
manager: everything but secrets for the stations and people of the groups they are in · readonly: sees what a manager sees, changes
nothing · user: own stations, tags and sessions. To each of the last three comes what is shared with them or with a group they are in.

What anybody may do with a station hangs on how they stand to it, and that is the table RIGHTS. Whatever is seen is also limited to
the group that the user looks at just now (`User.group_id`, R1.6d): a limit never shows more.
"""

from wcc.access.rules import (
    MAX_ID,
    charge_point_for,
    grants,
    group_for,
    manages_group,
    may_add_people,
    may_administer,
    may_change,
    may_look_at_groups,
    may_manage,
    may_read_outbox,
    may_run_installation,
    operable,
    people_anywhere,
    person_for,
    reads_mail_to,
    seen_sessions,
    sees_attempt,
    sees_audit,
    sees_group,
    sees_operation,
    sees_session,
    sees_tag,
    sees_user,
    visible_changes,
)
from wcc.access.stations import RIGHTS, having, rights, stations, stations_anywhere

__all__ = [
    "MAX_ID",
    "RIGHTS",
    "charge_point_for",
    "grants",
    "group_for",
    "having",
    "manages_group",
    "may_add_people",
    "may_administer",
    "may_change",
    "may_look_at_groups",
    "may_manage",
    "may_read_outbox",
    "may_run_installation",
    "operable",
    "people_anywhere",
    "person_for",
    "reads_mail_to",
    "rights",
    "seen_sessions",
    "sees_attempt",
    "sees_audit",
    "sees_group",
    "sees_operation",
    "sees_session",
    "sees_tag",
    "sees_user",
    "stations",
    "stations_anywhere",
    "visible_changes",
]
