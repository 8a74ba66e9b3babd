"""The set-up: lock files that name no address, assets that are all there, commands that the papers name and that exist."""

import dataclasses
import json
import re
import subprocess
from pathlib import Path

import click
import pytest

from wcc import assets, config
from wcc.cli import cli

ROOT = Path(__file__).resolve().parents[2]
PYTHON_LOCKS = ["requirements.lock", "requirements-dev.lock"]
NODE_LOCKS = [str(path.relative_to(ROOT)) for path in ROOT.glob("**/package-lock.json") if "node_modules" not in path.parts]
PAPERS = [
    "README.md",
    "CONTRIBUTING.md",
    "instance/README.md",
    *(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/*.md")),
]
NODES = {"bolt": [["path", {"d": "M1 2"}]], "plug": [["path", {"d": "M3 4"}], ["circle", {"cx": "1"}]]}


def requirements(lock: str) -> dict[str, str]:
    """Name → everything that the lock says of it: version, marker, hashes."""
    text = re.sub(r"#.*", "", (ROOT / lock).read_text())
    return {entry.split("==")[0]: entry for entry in re.split(r"\n(?=\S)", text.strip())}


def tracked() -> list[str]:
    """Files of the repository as git knows them."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


@pytest.mark.parametrize("lock", PYTHON_LOCKS)
def test_a_python_lock_names_no_address_and_hashes_everything(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"https?:|--index-url|--extra-index-url|--find-links|file:", text)
    assert len(requirements(lock)) > 20
    assert [name for name, entry in requirements(lock).items() if "--hash=sha256:" not in entry] == []


def test_development_runs_on_the_very_versions_that_are_run() -> None:
    run, development = (requirements(lock) for lock in PYTHON_LOCKS)
    version = re.compile(r"==(\S+)")
    differing = {n for n in run if n not in development or version.findall(run[n])[0] != version.findall(development[n])[0]}
    assert differing == set()


@pytest.mark.parametrize("lock", NODE_LOCKS)
def test_a_node_lock_names_no_address_and_hashes_everything(lock: str) -> None:
    packages = {name: entry for name, entry in json.loads((ROOT / lock).read_text())["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


@pytest.mark.parametrize("lock", NODE_LOCKS)
def test_node_packages_are_pinned(lock: str) -> None:
    package = json.loads((ROOT / lock).with_name("package.json").read_text())
    wanted = package.get("dependencies", {}) | package.get("devDependencies", {})
    assert wanted
    assert [name for name, version in wanted.items() if not re.fullmatch(r"\d+\.\d+\.\d+\S*", version)] == []


def test_no_file_of_somebody_else_and_nothing_of_this_installation_is_in_git() -> None:
    foreign = re.compile(r"(^|/)node_modules/|^wcc/static/vendor/|^\.venv/|\.mo$|\.woff2$|\.min\.(js|css)$")
    assert [path for path in tracked() if foreign.search(path)] == []
    assert [path for path in tracked() if path.startswith("instance/")] == ["instance/.gitignore", "instance/README.md"]


def test_ci_stops_at_the_first_failure_and_insists_on_a_browser() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert "set -euo pipefail" in script
    assert "WCC_REQUIRE_BROWSER=1" in script
    assert script.rstrip().endswith("make test")


def test_all_assets_are_built_and_none_asks_for_a_source_map() -> None:
    vendor = ROOT / "wcc" / "static" / "vendor"
    sizes = {name: (vendor / name).stat().st_size for name in assets.FILES}
    assert min(sizes.values()) > 1000
    assert [name for name in sizes if b"sourceMappingURL" in (vendor / name).read_bytes()] == []
    assert b"woff2" not in (vendor / "tabler.min.css").read_bytes()  # the only font is the one beside it


def test_an_icon_is_asked_for_by_a_call_or_by_an_argument() -> None:
    text = """{{ icon("bolt") }} {{ icon('plug' if state == "own" else 'x-y', "wcc-icon-sm") }} Entry(icon="user") icon(name)
    a.icon == "never" favicon("never")"""
    assert assets.asked_for(text) == {"bolt", "plug", "x-y", "user"}


def test_icons_picked_at_run_time_are_kept_too() -> None:
    chosen = assets.choose_icons([("a.py", 'ICONS = {"Charging": "plug"}')], NODES)
    assert chosen == {"plug": '<path d="M3 4"/><circle cx="1"/>'}


def test_an_icon_that_does_not_exist_is_named_with_its_file() -> None:
    with pytest.raises(assets.MissingAsset, match=r"a\.html: there is no icon named bolz"):
        assets.choose_icons([("a.html", '{{ icon("bolz") }}')], NODES)


def test_assets_without_npm_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(assets.MissingAsset, match="make assets"):
        assets.build(tmp_path)


@pytest.mark.parametrize("paper", PAPERS)
def test_every_make_target_that_a_paper_names_exists(paper: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake (?:[A-Z]+=\S+ )*([a-z-]+)\b", code_in(paper)))
    assert named - targets == set()


@pytest.mark.parametrize("paper", PAPERS)
def test_every_wcc_command_that_a_paper_names_exists_with_its_options(paper: str) -> None:
    for line in re.findall(r"(?:^|[\s`/])wcc ((?:[a-z-]+ ?)+[^`\n|#;]*)", code_in(paper)):
        command: click.Command = cli
        words = line.split()
        while words and isinstance(command, click.Group):
            try:
                _, found, words = command.resolve_command(click.Context(command), words)
            except click.UsageError:
                found = None
            assert found is not None, f"`wcc {line}` does not exist"
            command = found
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word.split("=")[0] for word in words if word.startswith("-") and len(word) > 1} - known == set(), line


@pytest.mark.parametrize("paper", PAPERS)
def test_every_variable_that_a_paper_names_is_a_setting(paper: str) -> None:
    settings = {config.variable(field.name) for field in dataclasses.fields(config.Settings)}
    named = set(re.findall(r"\b(?:export )?([A-Z_]+_URL|WCC_[A-Z_]+|PORT|HOST)\b", code_in(paper)))
    assert named - settings - {"WCC_REQUIRE_BROWSER"} == set()


def code_in(paper: str) -> str:
    """What stands in code blocks and between backticks in a paper, one piece a line."""
    text = (ROOT / paper).read_text()
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", rest)])
