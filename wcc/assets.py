"""`python -m wcc.assets`: takes what browsers need from `node_modules` into `wcc/static/vendor`, which git ignores.

The icons go into one file, `icons.json` (name → inner SVG), from which the server inlines them; it holds only those whose names
occur in our templates and Python files. Needs nothing but the standard library.
"""

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import quoteattr

ROOT = Path(__file__).resolve().parent.parent
FILES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "simplewebauthn.min.js": "@simplewebauthn/browser/dist/bundle/index.umd.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "hx-sse.min.js": "htmx.org/dist/ext/hx-sse.min.js",
    "uplot.min.js": "uplot/dist/uPlot.iife.min.js",
    "uplot.min.css": "uplot/dist/uPlot.min.css",
    "inter.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
}
_ICONS = "@tabler/icons/tabler-nodes-outline.json"
_SOURCE_MAP = re.compile(rb"(//|/\*)# sourceMappingURL=[^\s*]+(\s*\*/)?\s*$")
# The first argument of icon(…), or the value of a parameter or attribute of that name; not `x.icon == "…"`.
_CALL = re.compile(r"\bicon(?:\(([^(),]*)|\s*(?<!=)=(?!=)\s*(\"[^\"]*\"|'[^']*'))")
_COMPARED = re.compile(r"[!=]=\s*(\"[^\"]*\"|'[^']*')")
_NAME = re.compile(r"[\"']([a-z0-9]+(?:-[a-z0-9]+)*)[\"']")


class MissingAsset(Exception):
    """A file or an icon that the portal needs is not in `node_modules`."""


def asked_for(text: str) -> set[str]:
    """Names of the icons that a template or Python file certainly shows: `icon("bolt")`, `icon="bolt"`."""
    arguments = (_COMPARED.sub("", call or value) for call, value in _CALL.findall(text))
    return {name for argument in arguments for name in _NAME.findall(argument)}


def choose_icons(texts: Iterable[tuple[str, str]], nodes: dict[str, list[list[object]]]) -> dict[str, str]:
    """Inner SVG of every icon whose name stands in quotes in one of the (file name, text) pairs.

    That takes some that are no icons there, which costs nothing, and all that are picked at run time. `nodes` are Tabler's
    (name → list of [element, attributes]). Raises MissingAsset when a text asks for an icon that does not exist.
    """
    chosen: set[str] = set()
    for file, text in texts:
        if missing := sorted(asked_for(text) - nodes.keys()):
            raise MissingAsset(f"{file}: there is no icon named {', '.join(missing)} in @tabler/icons")
        chosen |= nodes.keys() & set(_NAME.findall(text))
    return {name: "".join(_element(*node) for node in nodes[name]) for name in sorted(chosen)}


def build(root: Path = ROOT) -> Path:
    """Fill `wcc/static/vendor` under `root` from its `node_modules`; gives that folder. Raises MissingAsset."""
    modules, vendor = root / "node_modules", root / "wcc" / "static" / "vendor"
    vendor.mkdir(parents=True, exist_ok=True)
    for name, source in FILES.items():
        (vendor / name).write_bytes(_without_source_map(_read(modules / source), name))
    icons = choose_icons(_our_texts(root / "wcc"), json.loads(_read(modules / _ICONS)))
    # Written last: `make` takes this file for the sign that all are there.
    (vendor / "icons.json").write_text(json.dumps(icons, indent=0))
    return vendor


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise MissingAsset(f"{path} is missing: run `make assets`") from None


def _without_source_map(content: bytes, name: str) -> bytes:
    """The maps are not served, so a browser's tools need not ask for them."""
    return content if name.endswith(".woff2") else _SOURCE_MAP.sub(b"", content)


def _our_texts(package: Path) -> Iterable[tuple[str, str]]:
    for path in sorted([*package.rglob("*.py"), *package.joinpath("templates").rglob("*.html")]):
        if path.name != Path(__file__).name:
            yield str(path.relative_to(package.parent)), path.read_text()


def _element(tag: object, attributes: object) -> str:
    assert isinstance(attributes, dict)
    return f"<{tag}{''.join(f' {name}={quoteattr(str(value))}' for name, value in attributes.items())}/>"


if __name__ == "__main__":
    try:
        print(f"assets are in {build().relative_to(ROOT)}")
    except MissingAsset as error:
        sys.exit(str(error))
