"""The demo: an organization with stations, people, cards and three months of history, the file of its chargers."""

from wcc.demo.seed import has_organizations, seed

__all__ = ["has_organizations", "seed"]
