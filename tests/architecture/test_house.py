"""The rules of the house, each as a test, with an example that breaks it: a rule that finds nothing there would guard nothing."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis
from rq.cron import CronScheduler

from wcc import cron, up
from wcc.config import load

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 300  # lines of a module
DISUSED = {"utils", "util", "helpers", "helper", "common", "misc"}
HOSTS = re.compile(r"registry\.npmjs|registry\.yarnpkg|pypi\.org|pythonhosted\.org|proxy\.golang\.org|static\.crates\.io")
PLACES = re.compile(r"(?<![\w.~$}:/-])/(?:work|root|home|tmp|Users)(?:/|\b)")  # of one machine

Finds = Callable[[str, str], list[str]]


def called(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of every call, with as much before the last dot as is plain: `datetime.now`, `select`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def queries_in_views(path: str, source: str) -> list[str]:
    """`select(` where pages are made: a query belongs to queries.py, where it asks who may see what."""
    if not path.endswith("views.py"):
        return []
    return [f"{path}:{line}" for line, name in called(source) if name.rpartition(".")[2] == "select"]


def clocks(path: str, source: str) -> list[str]:
    """Times that do not come from the one clock."""
    if path == "wcc/clock.py":
        return []
    own = re.compile(r"(^|\.)(datetime|date)\.(now|utcnow|today)$|^time\.time$")
    return [f"{path}:{line} {name}" for line, name in called(source) if own.search(name)]


def drawers(path: str, source: str) -> list[str]:
    """Modules and packages named after nothing."""
    return [path] if DISUSED & set(Path(path).with_suffix("").parts) else []


def giants(path: str, source: str) -> list[str]:
    """Modules that are longer than one can read."""
    lines = source.count("\n")
    return [f"{path}: {lines} lines"] if lines > LONGEST and "migrations/versions" not in path else []


def queues_of_their_own(path: str, source: str) -> list[str]:
    """RQ queues that are not made by `bus.queue`, whose names `test_every_queue…` reads."""
    if path == "wcc/bus.py" or not re.search(r"^from rq import .*\bQueue\b|^import rq$", source, re.MULTILINE):
        return []
    return [f"{path}:{line}" for line, name in called(source) if name in ("Queue", "rq.Queue")]


@dataclass(frozen=True)
class Rule:
    """`finds` gives the places of a module that break it; `bad` is a module (path, source) that does."""

    finds: Finds
    roots: tuple[str, ...]
    bad: tuple[str, str]
    good: tuple[str, str]


RULES = {
    "no query in views": Rule(
        queries_in_views, ("wcc",), ("wcc/x/views.py", "a = sa.select(User)\n"), ("wcc/x/queries.py", "a = select(User)\n")
    ),
    "one clock": Rule(
        clocks, ("wcc",), ("wcc/x.py", "import datetime\na = datetime.datetime.now()\n"), ("wcc/clock.py", "a = datetime.now(UTC)\n")
    ),
    "no drawers": Rule(drawers, ("wcc", "simulator", "tests", "bench"), ("wcc/utils/x.py", ""), ("wcc/commonplace.py", "")),
    "short modules": Rule(giants, ("wcc", "simulator"), ("wcc/x.py", "a = 1\n" * 301), ("wcc/x.py", "a = 1\n" * 300)),
    "queues by the bus": Rule(
        queues_of_their_own,
        ("wcc",),
        ("wcc/x.py", "from rq import Queue\nQueue('x')\n"),
        ("wcc/x.py", "from gevent.queue import Queue\nQueue(1)\n"),
    ),
}


def modules(roots: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Path and source of every module below these folders, but what npm put there."""
    for root in roots:
        for file in (ROOT / root).rglob("*.py"):
            if "node_modules" not in file.parts:
                yield str(file.relative_to(ROOT)), file.read_text()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_house_keeps_its_rules(rule: Rule) -> None:
    assert [place for path, source in modules(rule.roots) for place in rule.finds(path, source)] == []


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_finds_what_breaks_it_and_nothing_else(rule: Rule) -> None:
    assert rule.finds(*rule.bad)
    assert rule.finds(*rule.good) == []


def lint_imports(config: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run import-linter by a configuration, in a folder whose packages it then finds."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config", str(config)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_the_layers_are_kept() -> None:
    done = lint_imports(ROOT / "pyproject.toml", ROOT)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_a_layer_that_reaches_up_is_found(tmp_path: Path) -> None:
    package = tmp_path / "house"
    package.mkdir()
    for name, source in {"__init__": "", "roof": "", "cellar": "from house import roof\n"}.items():
        (package / f"{name}.py").write_text(source)
    layers = '[[tool.importlinter.contracts]]\nname = "layers"\ntype = "layers"\nlayers = ["house.roof", "house.cellar"]\n'
    config = tmp_path / "pyproject.toml"
    config.write_text(f'[tool.importlinter]\nroot_package = "house"\n\n{layers}')
    done = lint_imports(config, tmp_path)
    assert done.returncode == 1
    assert "house.cellar is not allowed to import house.roof" in done.stdout


def queues_named(path: str, source: str) -> set[str]:
    """Names of the queues that a module asks `bus.queue` for; `?` for one that cannot be read off."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("bus.queue", "queue"):
            given = [*node.args[1:], *(keyword.value for keyword in node.keywords if keyword.arg == "name")]
            name = given[0] if given else ast.Constant("operations")  # its default
            found.add(str(name.value) if isinstance(name, ast.Constant) else f"? ({path}:{node.lineno})")
    return found


def queues_with_a_worker(tmp_path: Path) -> set[str]:
    """What the workers that `wcc up` starts take jobs from."""
    commands = [part.command for part in up.parts(load({"WCC_INSTANCE": str(tmp_path)}), demo=False)]
    return {queue for command in commands if "worker" in command for queue in command[command.index("worker") + 1 :]}


def test_every_queue_that_gets_jobs_has_a_worker(tmp_path: Path) -> None:
    fed = {name for path, source in modules(("wcc",)) if path != "wcc/worker.py" for name in queues_named(path, source)}
    scheduler = CronScheduler(Redis(), logging_level="WARNING")  # it speaks to nobody before it starts
    cron.register(scheduler, load({"WCC_INSTANCE": str(tmp_path)}))
    fed |= {job.queue_name for job in scheduler.get_jobs()}
    assert {"operations", "default"} <= fed
    assert fed - queues_with_a_worker(tmp_path) == set()


def test_a_queue_is_found_by_its_name_by_default_and_where_it_cannot_be_read() -> None:
    source = 'bus.queue(redis, "exports")\nbus.queue(redis)\nbus.queue(redis, name=name)\n'
    assert queues_named("x.py", source) == {"exports", "operations", "? (x.py:3)"}


def papers() -> Iterator[tuple[str, str]]:
    """Path and text of every file that is, or is about to be, in the repository."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    for path in listed.stdout.splitlines():
        file = ROOT / path
        if file.is_file() and b"\0" not in (content := file.read_bytes()):
            yield path, content.decode(errors="replace")


@pytest.mark.parametrize("pattern", [HOSTS, PLACES], ids=["registries", "machines"])
def test_no_file_names_a_package_registry_or_a_place_on_one_machine(pattern: re.Pattern[str]) -> None:
    found = [f"{path}: {match[0]}" for path, text in papers() for match in [pattern.search(text)] if match]
    assert found == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (HOSTS, "https://" + "pypi" + ".org/simple"),
        (HOSTS, '"resolved": "https://' + "registry" + '.npmjs.org/htmx.org"'),
        (PLACES, 'open("/' + 'work/main/x")'),
        (PLACES, "cd /" + "root"),
        (PLACES, "see /" + "tmp/x"),
    ],
)
def test_a_registry_and_a_place_are_found(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)
