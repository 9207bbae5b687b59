"""The imports in Rust source, read from its text: no compiler reports them by folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    r"""
    (?P<raw> \bb?r(?P<hashes>\#*)".*?"(?P=hashes) )
    | (?P<text> "(?:\\.|[^"\\])*" )
    | (?P<char> '(?:\\u\{[^}]*\}|\\x..|\\.|[^\\'])' )
    | (?P<line> //[^\n]* )
    | (?P<block> /\* )
    """,
    re.VERBOSE | re.DOTALL,
)
_TEST: Final = re.compile(r"#\[cfg\((?:test|all\(test\b[^\]]*)\)\]\s*mod\s+(\w+)\s*([;{])")
_PATH: Final = re.compile(r"\b(crate|super(?:::super)*)::(?=\{|\w)")


class Import(NamedTuple):
    """A path that leads from one folder of a crate to another."""

    file: Path
    folder: str
    target: str

    def __str__(self) -> str:
        return f"{self.file} imports crate::{self.target}"


def code(text: str) -> str:
    """Return the text without comments and with empty strings; all line numbers stay the same."""
    kept, at = [], 0
    while found := _TOKEN.search(text, at):
        kept.append(text[at : found.start()])
        end = _block_end(text, found.start()) if found["block"] else found.end()
        kept.append('""' if found["raw"] or found["text"] else "''" if found["char"] else "")
        kept.append("\n" * text.count("\n", found.start(), end))
        at = end
    return "".join([*kept, text[at:]])


def _block_end(text: str, start: int) -> int:
    """Return the end of a block comment, which may contain others."""
    depth = 0
    for mark in re.finditer(r"/\*|\*/", text[start:]):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return start + mark.end()
    return len(text)


def lines_of_code(text: str) -> int:
    """Return the number of lines that contain more than a comment."""
    return sum(1 for line in code(text).splitlines() if line.strip())


def sources(root: Path) -> dict[Path, str]:
    """Return the code of each file below `root`, without test modules."""
    files = {file.relative_to(root): code(file.read_text()) for file in sorted(root.rglob("*.rs"))}
    tests: set[Path] = set()
    for file, text in list(files.items()):
        files[file], names = _without_tests(text)
        tests.update(_children(file) / name for name in names)
    return {
        file: text
        for file, text in files.items()
        if not any(place in (file.with_suffix(""), *file.parents) for place in tests)
    }


def has_tests(text: str) -> bool:
    """Return whether a file declares a test module, for every system or for some."""
    return _TEST.search(code(text)) is not None


def _without_tests(text: str) -> tuple[str, list[str]]:
    """Return the code without test modules, and the names of those in separate files."""
    names = []
    while found := _TEST.search(text):
        end = found.end()
        if found[2] == ";":
            names.append(found[1])
        else:
            end = _closing(text, found.end() - 1) + 1
        text = text[: found.start()] + text[end:]
    return text, names


def _closing(text: str, opening: int) -> int:
    """Return the position of the brace that closes the one at `opening`."""
    depth = 0
    for at in range(opening, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return at
    raise ValueError("a brace is not closed")


def _children(file: Path) -> Path:
    """Return the folder of the modules that a file declares."""
    return file.parent if file.name in ("mod.rs", "lib.rs") else file.with_suffix("")


def imports(root: Path) -> list[Import]:
    """Return every path that leads out of its folder; a file in `root` counts as a folder."""
    found = []
    for file, text in sources(root).items():
        folder = file.parts[0].removesuffix(".rs")
        for path in _PATH.finditer(text):
            above = _above(file, path[1])
            heads = [above[0]] if above else _heads(text, path.end())
            found += [Import(file, folder, head) for head in heads if head not in (folder, "self")]
    return found


def _above(file: Path, start: str) -> tuple[str, ...]:
    """Return the module that a path starts from, unless it is in a module within the file."""
    if start == "crate":
        return ()
    module = file.parent.parts if file.name == "mod.rs" else file.with_suffix("").parts
    return module[: -start.count("super")]


def _heads(text: str, at: int) -> list[str]:
    """Return the first names of a path: several if it is a group in braces."""
    if text[at] != "{":
        return re.findall(r"\A\w+", text[at:])
    group, depth, heads = text[at + 1 : _closing(text, at)], 0, []
    for part in re.finditer(r"[{}]|\w+", group):
        if part[0] in "{}":
            depth += 1 if part[0] == "{" else -1
        elif depth == 0 and _starts(group, part.start()):
            heads.append(part[0])
    return heads


def _starts(group: str, at: int) -> bool:
    """Return whether an item of a group starts at `at`."""
    return group[:at].rstrip().endswith(",") or not group[:at].strip()
