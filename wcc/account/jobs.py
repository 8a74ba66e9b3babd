"""RQ jobs of the own account."""

from wcc.account import service


def drop_old(days: int) -> int:
    """Delete the sign-ins that were not used for so many days; returns how many."""
    return service.drop_old_sign_ins(days)
