"""The pin: one upstream release, identified by version and by content."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import TYPE_CHECKING

from fork import ForkError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


__all__ = ["Pin", "load_pin", "tree_digest"]


@dataclass(frozen=True)
class Pin:
    """One upstream release.

    Parameters
    ----------
    version : str
        The release, as its own metadata spells it.
    wheel_sha256, sdist_sha256 : str
        Hashes of the two published files, for the package client.
    tree_sha256 : str
        Digest of what the wheel installs below ``zarr/``, see `tree_digest`. A build sees the
        installed requirement and not the wheel, so it checks this digest.
    """

    version: str
    wheel_sha256: str
    sdist_sha256: str
    tree_sha256: str


def load_pin(path: Path) -> Pin:
    """Read ``upstream.toml``; every key is required and no other is accepted."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    wanted = {f.name for f in fields(Pin)}
    for key in sorted(table.keys() ^ wanted):
        state = "unknown" if key in table else "missing"
        raise ForkError(f"{path.name}: key `{key}` is {state}; the keys are {sorted(wanted)}.")
    return Pin(**table)


def tree_digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the sorted lines ``path NUL sha256 LF``: one value for a tree of files."""
    lines = (f"{path}\0{sha256(files[path]).hexdigest()}\n" for path in sorted(files))
    return sha256("".join(lines).encode()).hexdigest()
