"""Child processes that cannot outlive their parent, not even when the parent is killed with `kill -9`."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1  # from linux/prctl.h
# Loaded before any fork: a child between fork and exec must not load libraries or take locks.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with(parent: int) -> None:
    """Called in a freshly forked child: the kernel kills this process (SIGKILL) when its parent ends.

    `parent` is the process id of the one that forked. The kernel watches the *thread* that forked, so fork from one that
    lives on. The children of this process are not covered; they call this for themselves. Linux only; elsewhere it does nothing.
    """
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # the parent ended before the kernel was told
        os._exit(1)


def tied() -> Callable[[], None]:
    """A `preexec_fn` for `subprocess.Popen` that ties the child to the process calling this."""
    parent = os.getpid()
    return lambda: die_with(parent)
