"""Put an assembly on disk: a live tree for editable installs, a plain copy for wheels."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["write_copy", "write_live"]


def write_copy(target: Path, files: Mapping[str, bytes], overlay: Iterable[Path]) -> None:
    """Write the whole package to the empty folder `target`, the overlay as files."""
    for path, data in files.items():
        _write(target / path, data)
    for ours in overlay:
        if ours.is_dir():
            shutil.copytree(
                ours, target / ours.name, ignore=shutil.ignore_patterns("__pycache__", ".*")
            )
        else:
            shutil.copy(ours, target / ours.name)


def write_live(target: Path, files: Mapping[str, bytes], overlay: Iterable[Path]) -> None:
    """Write the package to `target` with the overlay as links, so that edits need no build.

    The links are relative. Only files that differ are written, each atomically, so that processes
    that import from the tree at the same time find every module.
    """
    links = {ours.name: Path(os.path.relpath(ours, target)) for ours in overlay}
    for entry in target.glob("*"):
        # The name is upstream's now, and its files would be written where our link leads.
        if entry.is_symlink() and entry.name not in links:
            entry.unlink()
    for path, data in files.items():
        file = target / path
        if not file.is_file() or file.read_bytes() != data:
            _write(file, data)
    for name, link in links.items():
        if (target / name).is_symlink() and (target / name).readlink() == link:
            continue
        if (target / name).is_dir() and not (target / name).is_symlink():
            shutil.rmtree(target / name)
        (target / name).unlink(missing_ok=True)
        (target / name).symlink_to(link)
    _remove_strangers(target, set(files), set(links))


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.{os.getpid()}.partial")
    partial.write_bytes(data)
    partial.replace(file)


def _remove_strangers(target: Path, files: set[str], links: set[str]) -> None:
    for folder, folders, names in os.walk(target, topdown=False):
        here = Path(folder)
        for name in [*names, *(f for f in folders if (here / f).is_symlink())]:
            path = here / name
            known = path.relative_to(target).as_posix()
            if known not in files and known not in links and here.name != "__pycache__":
                path.unlink()
        if here != target and here.name != "__pycache__" and not any(here.iterdir()):
            here.rmdir()
