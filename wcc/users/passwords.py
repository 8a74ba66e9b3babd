"""Which passwords are taken: long enough, and none of those that are tried first."""

import re
from functools import cache
from pathlib import Path

SHORTEST = 12
LONGEST = 200  # hashing costs grow with the length, so there is an end to it

_LEET = str.maketrans("013457@$!", "oleastasi")
_EDGES = re.compile(r"^[^a-z]+|[^a-z]+$")
_RUNS = ("0123456789" * 3, "abcdefghijklmnopqrstuvwxyz" * 2, "qwertyuiopasdfghjklzxcvbnm" * 2, "azertyuiopqsdfghjklmwxcvbn" * 2)


@cache
def _common() -> frozenset[str]:
    lines = Path(__file__).with_name("common_passwords.txt").read_text().splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def is_common(password: str) -> bool:
    """Whether it is a common word or two with decoration (`P@ssword2024!`), a row of keys, or one bit repeated."""
    folded = re.sub(r"\s", "", password.casefold())
    if any(folded in run or folded[::-1] in run for run in _RUNS):
        return True
    if re.fullmatch(r"(.{1,4}?)\1*.{0,3}", folded) and len(set(folded)) <= 4:
        return True
    bare = _EDGES.sub("", folded)
    forms = {bare, bare.translate(_LEET), _EDGES.sub("", folded.translate(_LEET)), re.sub(r"[^a-z]", "", folded)}
    return any(_is_made_of_words(form) for form in forms if len(form) >= len(folded) // 3)


def _is_made_of_words(form: str) -> bool:
    """Whether nothing stands in it but one common word, also twice or three times, or two of them."""
    words = _common()
    halves = ((form[:cut], form[cut:]) for cut in range(1, len(form)))
    return form in words or any(first in words and (second in words or second.removeprefix(first) in words) for first, second in halves)


def fault(password: str) -> str:
    """What is wrong with a new password: `length`, `printable`, `common`, or nothing."""
    if not SHORTEST <= len(password) <= LONGEST:
        return "length"
    if not password.isprintable():
        return "printable"
    return "common" if is_common(password) else ""
