"""``./dev licences``: the licences of all code that is linked into the extension.

``LICENSES-THIRD-PARTY.txt`` of the crate is part of its wheel. It names each crate of others, and
has each text once. ``--check`` only says whether other crates are linked than it names.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Final

from fork.fetch import ROOT

__all__ = ["chosen", "collected", "linked", "main", "named"]

CRATE: Final = ROOT / "packages" / "zarrs-bindings"
FILE: Final = CRATE / "LICENSES-THIRD-PARTY.txt"
WITHOUT_TEXT: Final = {
    "better_io", "blosc-src", "dtype_dispatch", "jni", "pco", "r-efi",
    "rustls-platform-verifier-android", "zarrs_plugin",
}  # fmt: skip
"""Crates whose published sources contain no licence text; the file names their licences."""

_NAMES: Final = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE")
_RULE: Final = "=" * 80


def linked() -> dict[str, str]:
    """Return the crates that are linked, as `name version`, and their licences."""
    command = ["cargo", "tree", "--locked", "--edges", "normal,no-proc-macro", "--target", "all"]
    command += [
        "--prefix",
        "none",
        "--format",
        "{p}|{l}",
        "--manifest-path",
        str(CRATE / "Cargo.toml"),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = {}
    for line in done.stdout.splitlines():
        package, _, licence = line.removesuffix(" (*)").partition("|")
        name, version, *_ = package.split(" ")
        found[f"{name} {version.removeprefix('v')}"] = licence
    return {
        crate: found[crate] for crate in sorted(found) if not crate.startswith("zarrs-bindings ")
    }


def folders() -> dict[str, Path]:
    """Return the folder of the sources of each crate."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1"]
    command += ["--manifest-path", str(CRATE / "Cargo.toml")]
    packages = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)[
        "packages"
    ]
    return {f"{p['name']} {p['version']}": Path(p["manifest_path"]).parent for p in packages}


def texts(folder: Path, licence: str) -> set[str]:
    """Return the licences in the sources of a crate, and of C libraries that it contains."""
    found = (file for file in folder.rglob("*") if file.name.upper().startswith(_NAMES))
    files = {file for file in found if file.is_file() and file.suffix not in (".rs", ".html")}
    read = (file.read_text(encoding="utf-8", errors="replace") for file in chosen(files, licence))
    return {"\n".join(line.rstrip() for line in text.strip().splitlines()) for text in read}


def chosen(files: set[Path], licence: str) -> set[Path]:
    """Return the files of the licence that we take, where there is a choice: MIT if possible.

    Examples
    --------
    >>> files = {Path("a/LICENSE-MIT"), Path("a/LICENSE-APACHE"), Path("a/c/COPYING")}
    >>> sorted(map(str, chosen(files, "MIT OR Apache-2.0")))
    ['a/LICENSE-MIT', 'a/c/COPYING']
    >>> len(chosen(files, "Apache-2.0"))
    3
    """
    mit = {file for file in files if "MIT" in file.name.upper()}
    if "MIT" not in licence.replace("/", " OR ").split(" OR ") or not mit:
        return files
    beside = {file.parent for file in mit}
    return mit | {file for file in files if file.parent not in beside}


def collected() -> str:
    """Return the whole file."""
    crates, places = linked(), folders()
    users: dict[str, list[str]] = defaultdict(list)
    for crate in crates:
        for text in texts(places[crate], crates[crate]):
            users[text].append(crate)
    lines = ["The extension contains compiled code of these crates:", ""]
    lines += [f"{crate}: {licence}" for crate, licence in crates.items()]
    for text, some in sorted(users.items(), key=lambda item: (item[1], item[0])):
        lines += ["", _RULE, *some, _RULE, "", text]
    return "\n".join(lines) + "\n"


def named(text: str) -> dict[str, str]:
    """Return the crates that a file names, and their licences."""
    rows = text.split("\n\n", 2)[1].splitlines()
    return dict(row.split(": ", 1) for row in rows)


def main(arguments: list[str]) -> int:
    """Write the file; with `--check`, only say whether it names other crates."""
    if arguments != ["--check"]:
        FILE.write_text(collected(), encoding="utf-8")
        return 0
    if named(FILE.read_text(encoding="utf-8")) == linked():
        return 0
    print(f"{FILE.name} names other crates than are linked; run `./dev licences`.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
