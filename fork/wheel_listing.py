"""What is in ``dist``: the size of each wheel, after a look at what each must hold."""

from __future__ import annotations

import json
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from typing import Final

from fork import ForkError

__all__ = ["components", "listing", "main"]

_MIB: Final = 1 << 20


def components(wheel: Path) -> int:
    """Return how many components the bill of materials of a wheel names.

    Raises
    ------
    ForkError
        The wheel lacks a bill of materials, or a licence that its metadata names.
    """
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (about,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        folder = about.removesuffix("METADATA")
        metadata = HeaderParser().parsestr(archive.read(about).decode())
        licences = metadata.get_all("License-File", [])
        missing = [name for name in licences if f"{folder}licenses/{name}" not in names]
        if missing or not licences:
            raise ForkError(f"{wheel.name} lacks licences: {missing or 'all'}.")
        bills = sorted(name for name in names if name.startswith(f"{folder}sboms/"))
        if not bills:
            raise ForkError(f"{wheel.name} has no bill of materials in {folder}sboms.")
        return sum(len(json.loads(archive.read(bill)).get("components", [])) for bill in bills)


def listing(dist: Path) -> str:
    """Return a line for each wheel: size, components, name."""
    lines = []
    for wheel in sorted(dist.glob("*.whl")):
        size, parts = wheel.stat().st_size / _MIB, components(wheel)
        lines.append(f"{size:6.2f} MiB  {parts:3d} components  {wheel.name}\n")
    return "".join(lines)


def main(arguments: list[str]) -> int:
    """Print the listing of a folder."""
    try:
        sys.stdout.write(listing(Path(arguments[0])))
    except ForkError as error:
        print(f"./dev wheels: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
