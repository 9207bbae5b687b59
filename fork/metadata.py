"""Compare our static metadata with upstream's: one distribution must stand in for the other."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from fork import ForkError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from fork.pin import Pin
    from fork.upstream import Upstream

__all__ = ["OURS", "OUR_EXTRAS", "OUR_SCRIPTS", "check_licences", "check_metadata", "is_ours"]

# The entry point groups that the fork adds to upstream's.
OURS = ("zarr.codec_pipeline", "zarr.crud.backends", "zarr.data_type")

# The console scripts that it adds.
OUR_SCRIPTS = frozenset({"zarr-crud"})

# The extras that it adds.
OUR_EXTRAS = frozenset({"plots", "zarrista", "zarrs"})


def check_metadata(pyproject: Path, upstream: Upstream, pin: Pin) -> None:
    """Stop unless ``[project]`` and the build requirement agree with `upstream`."""
    document = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    project = document["project"]
    build = f"zarr==={pin.version}"
    if build not in document["build-system"]["requires"]:
        raise ForkError(f"pyproject.toml: build-system.requires must hold `{build}`, as pinned.")
    declared_extras: dict[str, list[str]] = project.get("optional-dependencies", {})
    extras = {name: r for name, r in declared_extras.items() if name not in OUR_EXTRAS}
    ours = set(map(_normal, project.get("dependencies", [])))
    for extra, requirements in extras.items():
        ours |= {_normal(_with_extra(r, extra)) for r in requirements}
    _compare("dependencies", ours, map(_normal, upstream.requires))
    _compare("extras", set(extras), upstream.extras)
    _compare(
        "requires-python",
        {str(SpecifierSet(project.get("requires-python", "")))},
        [str(SpecifierSet(upstream.requires_python))],
    )
    theirs = {" = ".join(e) for e in upstream.entry_points}
    declared = {" = ".join(e) for e in _entry_points(project) if not is_ours(*e)}
    _compare("entry points", declared, theirs)


def check_licences(folder: Path, upstream: Upstream) -> None:
    """Stop unless `folder` holds upstream's licence texts, byte for byte."""
    ours = {path.name: path.read_bytes() for path in folder.glob("*")}
    for name, text in sorted(upstream.licences.items()):
        if ours.get(name) != text:
            raise ForkError(
                f"{folder.name}/{name} is not upstream's licence text; copy it from the release."
            )
    if not upstream.licences:
        raise ForkError("Upstream's release carries no licence text; find out why before building.")


def _compare(what: str, ours: set[str], theirs: Iterable[str]) -> None:
    wanted = set(theirs)
    if ours != wanted:
        raise ForkError(
            f"pyproject.toml: {what} differ from upstream's (missing {sorted(wanted - ours)}, "
            f"too many {sorted(ours - wanted)}); make them the same."
        )


def _normal(requirement: str) -> str:
    parsed = Requirement(requirement)
    parsed.name = parsed.name.lower().replace("_", "-").replace(".", "-")
    return str(parsed)


def _with_extra(requirement: str, extra: str) -> str:
    text, _, marker = requirement.partition(";")
    own = f"({marker.strip()}) and " if marker else ""
    return f"{text.strip()}; {own}extra == '{extra}'"


def is_ours(group: str, name: str, _: str) -> bool:
    """Return whether an entry point is one that the fork adds."""
    return group in OURS or (group == "console_scripts" and name in OUR_SCRIPTS)


def _entry_points(project: dict[str, Any]) -> set[tuple[str, str, str]]:
    groups = dict(project.get("entry-points", {}))
    groups["console_scripts"] = project.get("scripts", {})
    groups["gui_scripts"] = project.get("gui-scripts", {})
    return {(g, name, value) for g, table in groups.items() for name, value in table.items()}
