"""Print folders, layers, imports and cycles of a checkout: `python -m tests.house [folder]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from tests.house.order import count_layers, cycles, graph_of
from tests.house.python import imports, modules

PARTS: Final = ("zarr.crud", "zarr.zarrs", "zarr._engine", "zarr._data_types")


def folders_below(package: str, names: list[str]) -> list[str]:
    """The files and folders directly below a package; deeper modules belong to one of them."""
    depth = package.count(".") + 2
    return sorted({".".join(name.split(".")[:depth]) for name in names if name != package})


def line(root: Path, package: str) -> str:
    """The table row of one package."""
    files = modules(root / "src", package)
    folders = folders_below(package, list(files))
    found = graph_of(folders, imports(files))
    within = [pair for pair in imports(files, types=False) if package not in pair]
    return (
        f"{package:16} {len(files):6} {len(folders):8} "
        f"{count_layers(found.folders, found.edges):7} {len(found.edges):8} "
        f"{len(cycles(found.folders, found.edges)):7} {len(cycles(files, within)):9}"
    )


def main() -> None:
    """Print the table."""
    root = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parents[2]
    print("package           files  folders  layers  imports  cycles  of files")
    for package in PARTS:
        print(line(root, package))


if __name__ == "__main__":
    main()
