"""Make the fork's package: verified upstream, our seams, our version, our overlay beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from fork import ForkError
from fork.pin import load_pin
from fork.seam import Seam, load_seams
from fork.upstream import verify
from fork.weave import Insertion, prove_insert_only, weave

if TYPE_CHECKING:
    from collections.abc import Collection

    from fork.upstream import Upstream

__all__ = ["Assembly", "assemble", "overlay"]


@dataclass(frozen=True)
class Assembly:
    """The package without the overlay.

    Parameters
    ----------
    files : dict[str, bytes]
        Every upstream file, by path relative to ``zarr/``, with its seams where it has any.
    insertions : dict[str, list[Insertion]]
        What was inserted, by path.
    """

    files: dict[str, bytes]
    insertions: dict[str, list[Insertion]]


def assemble(root: Path, upstream: Upstream, version: str) -> Assembly:
    """Assemble the pinned upstream with our seams and `version`; stop at the first problem."""
    pin = load_pin(root / "fork" / "upstream.toml")
    verify(upstream, pin)
    files = dict(upstream.files)
    insertions: dict[str, list[Insertion]] = {}
    for path, seams in load_seams(root / "fork" / "seams").items():
        if path not in files:
            raise ForkError(
                f"{path}: upstream zarr {pin.version} has no such file; move or delete its seams."
            )
        files[path], insertions[path] = weave(path, files[path], seams)
    files["_version.py"], insertions["_version.py"] = _versioned(
        files["_version.py"], pin.version, version
    )
    return Assembly(files, insertions)


def _versioned(data: bytes, upstream: str, version: str) -> tuple[bytes, list[Insertion]]:
    public, _, local = version.partition("+")
    if public != upstream or not local.startswith("crud."):
        raise ForkError(
            f"The version {version!r} in pyproject.toml does not say what this is; "
            f"write `{upstream}+crud.` and our own version."
        )
    if f"= version = '{upstream}'".encode() not in data or not data.endswith(b"\n"):
        raise ForkError(
            "_version.py: upstream no longer sets `version` the way the fork overrides it; "
            "read the file and mend fork/assemble.py."
        )
    parts = (*(int(n) for n in public.split(".")), local)
    lines = (
        f"__version__ = version = {version!r}\n".encode(),
        f"__version_tuple__ = version_tuple = {parts!r}\n".encode(),
    )
    seam = Seam(
        path="_version.py",
        op="version",
        insert=b"".join(lines).decode(),
        why="the distribution says that it is not upstream's",
        delete_when="never: it is what makes this a fork",
        guard="",
    )
    woven = data + b"".join(lines)
    prove_insert_only("_version.py", data, woven, list(lines))
    return woven, [Insertion(seam, data.count(b"\n"), lines)]


def overlay(source: Path, taken: Collection[str]) -> list[Path]:
    """Our top-level packages and modules in ``src/zarr``; none may have a name of upstream's.

    Parameters
    ----------
    source : Path
        The folder ``src/zarr``.
    taken : collection of str
        Upstream's paths, relative to ``zarr/``.
    """
    if (source / "__init__.py").exists():
        raise ForkError(
            "src/zarr/__init__.py would hide the assembled package from whoever has src on the "
            "path; delete it and put the code into a package of ours."
        )
    names = {PurePosixPath(path).parts[0].removesuffix(".py") for path in taken}
    ours = []
    for path in sorted(source.glob("[!.]*")):
        if path.name == "__pycache__":
            continue
        if path.name.removesuffix(".py") in names:
            raise ForkError(f"src/zarr/{path.name} has the name of an upstream module; rename it.")
        ours.append(path)
    if not any(path.suffix == ".py" or (path / "__init__.py").exists() for path in ours):
        raise ForkError("src/zarr holds no package of ours; restore it from the repository.")
    return ours
