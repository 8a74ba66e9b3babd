"""RQ jobs of the privacy settings."""

from wcc.privacy import service


def drop_old() -> int:
    """Delete counts and reports that are older than promised; returns how many."""
    return service.drop_old()
