"""The supervisor, over stand-in programs of a line of shell each."""

import json
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.up.program import Program, has_ended

SUPERVISE = str(Path(__file__).with_name("supervise.py"))
Supervise = Callable[..., Program]

# Says its pid, and says so when it is told to end. The signal is blocked until it is waited for: none slips in between.
STEADY = f"""exec {sys.executable} -c '
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
os.write(1, b"running as %d\\n" % os.getpid())
signal.sigwait([signal.SIGTERM])
print("told to end", flush=True)'"""
STUBBORN = STEADY.replace('print("told to end", flush=True)', "signal.pause()")


def shell(name: str, script: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "command": ["sh", "-c", script], **fields}


@pytest.fixture
def supervise(start: Callable[..., Program]) -> Supervise:
    return lambda *parts: start(sys.executable, SUPERVISE, json.dumps(parts))


def test_each_part_starts_when_the_one_before_is_ready(supervise: Supervise, tmp_path: Path) -> None:
    ready, go = tmp_path / "ready", tmp_path / "go"
    first = f"until [ -e {go} ]; do sleep 0.01; done; echo warm; touch {ready}; exec sleep 600"
    program = supervise(shell("first", f"echo cold; {first}", ready=str(ready)), shell("second", STEADY))
    program.says("^first  . cold")
    assert "second" not in program.said
    go.touch()
    program.says("^second . running as")
    assert program.said.index("warm") < program.said.index("running as")
    program.says("^up     . all is up")


def test_it_stops_in_reverse_order_and_ends_with_code_0(supervise: Supervise) -> None:
    program = supervise(shell("a", STEADY), shell("b", STEADY), shell("c", STEADY))
    program.says("all is up")
    for name in "abc":
        program.says(f"^{name} .*running")
    program.send(signal.SIGTERM)
    assert program.ends() == 0
    assert re.findall(r"^(\w) .*told to end", program.said, re.MULTILINE) == ["c", "b", "a"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_ctrl_c_and_a_closed_terminal_stop_it_too(supervise: Supervise, number: int) -> None:
    program = supervise(shell("a", STEADY))
    pid = int(program.says(r"running as (\d+)")[1])
    program.send(number)
    assert program.ends() == 0
    assert "told to end" in program.said
    assert has_ended(pid)


def test_a_part_that_dies_is_started_again_after_a_growing_pause(supervise: Supervise) -> None:
    program = supervise(shell("worker", "exit 3", pauses_s=[0.01, 0.02, 0.03]))
    program.says("(?s)(again in 0.03 s.*){3}")
    pauses = re.findall(r"worker ended \(code 3\); starting it again in (\S+) s", program.said)
    assert pauses[:5] == ["0.01", "0.02", "0.03", "0.03", "0.03"]


def test_a_part_that_is_killed_comes_back(supervise: Supervise) -> None:
    program = supervise(shell("worker", "echo $$; kill -KILL $$", pauses_s=[0.01]))
    program.says("worker ended .SIGKILL.; starting it again")
    first, second = program.says(r"(?s)^worker . (\d+)$.*^worker . (\d+)$").groups()
    assert first != second


def test_the_death_of_a_vital_part_stops_everything_with_code_1(supervise: Supervise, tmp_path: Path) -> None:
    go = tmp_path / "go"
    dies = f"until [ -e {go} ]; do sleep 0.01; done; exit 7"
    program = supervise(shell("valkey", STEADY), shell("web", dies, vital=True), shell("worker", STEADY))
    pids = [int(program.says(rf"^{name} .*running as (\d+)")[1]) for name in ("valkey", "worker")]
    go.touch()
    assert program.ends() == 1
    assert "web ended (code 7); stopping" in program.said
    assert all(has_ended(pid) for pid in pids)


def test_a_vital_part_that_dies_before_it_is_ready_stops_everything(supervise: Supervise, tmp_path: Path) -> None:
    web = shell("web", "echo no database; exit 2", vital=True, ready=str(tmp_path / "never"))
    program = supervise(web, shell("worker", STEADY))
    assert program.ends() == 1
    assert "no database" in program.said
    assert "worker" not in program.said


def test_a_part_that_is_never_ready_stops_everything(supervise: Supervise, tmp_path: Path) -> None:
    program = supervise(shell("web", STEADY, ready=str(tmp_path / "never"), ready_s=0.2))
    assert program.ends() == 1
    assert "web was not ready within 0.2 s; stopping" in program.said


def test_a_failed_migration_stops_everything_before_web_starts(supervise: Supervise) -> None:
    program = supervise(shell("database", "echo broken; exit 4", once=True), shell("web", STEADY))
    assert program.ends() == 1
    assert "database | broken" in program.said
    assert "web" not in program.said


def test_a_finished_migration_is_not_run_again(supervise: Supervise) -> None:
    program = supervise(shell("database", "echo migrated", once=True), shell("web", STEADY))
    program.says("all is up")
    program.send(signal.SIGTERM)
    assert program.ends() == 0
    assert program.said.count("migrated") == 1
    assert "again" not in program.said


def test_a_part_that_is_not_wanted_is_passed_over(supervise: Supervise, tmp_path: Path) -> None:
    program = supervise(shell("chargers", "echo here", wanted=str(tmp_path / "none")), shell("web", STEADY))
    program.says("all is up")
    assert "here" not in program.said


def test_a_program_that_is_not_there_stops_everything(supervise: Supervise) -> None:
    program = supervise(shell("web", STEADY), {"name": "worker", "command": ["/no/such/program"]})
    assert program.ends() == 1
    assert "worker cannot be started" in program.said


def test_a_part_that_will_not_end_is_killed_with_its_children(supervise: Supervise) -> None:
    program = supervise(shell("web", f"({STUBBORN}) & {STUBBORN}", stop_s=0.2))
    pids = [int(pid) for pid in program.says(r"(?s)running as (\d+).*running as (\d+)").groups()]
    program.send(signal.SIGTERM)
    assert program.ends() == 0
    assert "web did not end within 0.2 s; killing it" in program.said
    assert all(has_ended(pid) for pid in pids)


def test_what_a_part_leaves_behind_gets_time_to_end_by_itself(supervise: Supervise, tmp_path: Path) -> None:
    """The ledger's process commits its last batch after web has ended."""
    done = tmp_path / "done"
    child = f"trap '' TERM; echo child; while kill -0 $$ 2>/dev/null; do sleep 0.01; done; touch {done}"
    program = supervise(shell("web", f"({child}) & trap 'exit 0' TERM; wait"))
    program.says("child")
    program.send(signal.SIGTERM)
    assert program.ends() == 0
    assert done.exists()


def test_kill_9_of_the_supervisor_leaves_no_orphan(supervise: Supervise) -> None:
    program = supervise(shell("a", STEADY), shell("b", STUBBORN), shell("c", STEADY))
    pids = [int(program.says(rf"^{name} .*running as (\d+)")[1]) for name in "abc"]
    program.send(signal.SIGKILL)
    assert all(has_ended(pid) for pid in pids)


def test_every_line_carries_its_name_and_the_last_one_needs_no_line_end(supervise: Supervise) -> None:
    program = supervise(shell("web", "printf 'one\\ntwo\\nthree'", once=True), shell("worker", STEADY))
    program.says("^worker . running")
    assert re.findall("^web    . (.*)$", program.said, re.MULTILINE) == ["one", "two", "three"]


def test_it_ends_when_nobody_reads_it_any_more(supervise: Supervise) -> None:
    program = supervise(shell("web", "while :; do echo talk; sleep 0.01; done"))
    program.says("talk")
    assert program.process.stdout is not None
    program.process.stdout.close()
    assert program.process.wait(30) != 0
