"""What a browser calls itself, in two words that a person recognizes."""

# The first that occurs wins: all call themselves Mozilla, and most also Safari or Chrome.
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def short(agent: str) -> str:
    """`Firefox · Linux` from a User-Agent; its own first words where we know neither; – for none."""
    found = [next((name for mark, name in table if mark in agent), "") for table in (_BROWSERS, _SYSTEMS)]
    return " · ".join(name for name in found if name) or agent[:40] or "–"
