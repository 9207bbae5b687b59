"""Upstream as data: the files of its wheel and the metadata that ours must repeat."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import TYPE_CHECKING

from fork import ForkError
from fork.pin import tree_digest

if TYPE_CHECKING:
    from pathlib import Path

    from fork.pin import Pin

__all__ = ["Upstream", "from_wheel", "installed", "verify"]


@dataclass(frozen=True)
class Upstream:
    """The content of an upstream distribution.

    Parameters
    ----------
    version : str
        As in its metadata.
    files : dict[str, bytes]
        Everything below ``zarr/``, by path relative to it, without byte code.
    requires, extras : list[str]
        ``Requires-Dist`` and ``Provides-Extra``, verbatim.
    requires_python : str
        ``Requires-Python``, verbatim.
    entry_points : frozenset[tuple[str, str, str]]
        Group, name, value.
    licences : dict[str, bytes]
        The licence texts of the distribution, by file name.
    """

    version: str
    files: dict[str, bytes]
    requires: list[str]
    extras: list[str]
    requires_python: str
    entry_points: frozenset[tuple[str, str, str]]
    licences: dict[str, bytes]


def installed(pin: Pin) -> Upstream:
    """Upstream as the build requirement installed it for the running interpreter."""
    try:
        return _read(distribution("zarr"))
    except PackageNotFoundError:
        raise ForkError(
            f"Upstream zarr is not installed where the build runs; install `zarr==={pin.version}` "
            "there, or build with isolation so that the installer does."
        ) from None


def from_wheel(path: Path) -> Upstream:
    """Upstream, read from a wheel file without installing it."""
    found = list(Distribution.discover(name="zarr", path=[str(path)]))
    if len(found) != 1:
        raise ForkError(f"{path.name} is not a wheel of zarr; download the pinned one again.")
    return _read(found[0])


def _read(dist: Distribution) -> Upstream:
    files: dict[str, bytes] = {}
    licences: dict[str, bytes] = {}
    for entry in dist.files or ():
        if entry.parts[0] == "zarr" and entry.suffix != ".pyc":
            files["/".join(entry.parts[1:])] = entry.read_binary()
        elif entry.parts[0].endswith(".dist-info") and "licenses" in entry.parts:
            licences[entry.name] = entry.read_binary()
    return Upstream(
        version=dist.version,
        files=files,
        requires=dist.metadata.get_all("Requires-Dist") or [],
        extras=dist.metadata.get_all("Provides-Extra") or [],
        requires_python=str(dist.metadata.get("Requires-Python", "")),
        entry_points=frozenset((e.group, e.name, e.value) for e in dist.entry_points),
        licences=licences,
    )


def verify(upstream: Upstream, pin: Pin) -> None:
    """Stop unless `upstream` is, byte for byte, the release that `pin` names."""
    if upstream.version != pin.version:
        raise ForkError(
            f"The build needs upstream zarr {pin.version} but found {upstream.version!r}; "
            f"require `zarr==={pin.version}` and build in an environment without this fork."
        )
    digest = tree_digest({f"zarr/{path}": data for path, data in upstream.files.items()})
    if digest != pin.tree_sha256:
        raise ForkError(
            f"The files of upstream zarr {pin.version} have the digest {digest}, not "
            f"{pin.tree_sha256} as pinned; install an untouched release, or pin this one anew."
        )
