"""``fork/uses.toml``: the uses that somebody has reviewed, with their guards."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fork import ForkError
from fork.definition import is_private
from fork.names import Modules
from fork.uses import find_uses, read_checkout

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from fork.file_uses import FileUses
    from fork.uses import Use

__all__ = ["FILE", "Record", "doubts", "dump_record", "load_record", "survey_uses"]

FILE = "fork/uses.toml"

_HEAD = """\
# What src/zarr relies on in upstream (see fork/uses.py). Written by `./dev uses --write`, when
# somebody has read what upstream has there; checked by tests/fork and by `python -m fork.bump`.
"""


@dataclass(frozen=True)
class Record:
    """The content of the file.

    Parameters
    ----------
    public : frozenset[str]
        Names of documented modules.
    guards : dict[str, str]
        Fingerprints of everything else, by name.
    """

    public: frozenset[str]
    guards: dict[str, str]


def load_record(root: Path) -> Record:
    """Read the file; both keys are required and no other is accepted."""
    file = root / FILE
    table = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if table.keys() != {"public", "guards"}:
        raise ForkError(f"{FILE} does not hold the list of uses; run `./dev uses --write`.")
    return Record(frozenset(table["public"]), table["guards"])


def dump_record(uses: list[Use]) -> str:
    """The text of the file; stops at a name that upstream does not define."""
    for use in uses:
        if use.defined is None:
            raise ForkError(_undefined(use.name, use.users))
    public = [f'    "{use.name}",' for use in uses if not use.guarded]
    guards = [f'"{u.name}" = "{u.defined.guard}"' for u in uses if u.guarded and u.defined]
    return "\n".join([f"{_HEAD}public = [", *public, "]", "", "[guards]", *guards, ""])


def survey_uses(root: Path, files: Mapping[str, bytes]) -> Iterator[str]:
    """A sentence for each difference between the uses in a checkout and the record."""
    upstream = Modules(files)
    read = read_checkout(root, upstream)
    yield from doubts(find_uses(read, upstream), load_record(root), read)


def doubts(uses: list[Use], record: Record, files: list[FileUses]) -> Iterator[str]:
    """As `survey_uses`, for uses and a record that have been read."""
    for use in uses:
        if use.defined is None:
            yield _undefined(use.name, use.users)
        elif sentence := _unlike(use, use.defined.guard, record):
            place = f"`{use.defined.name}` in {use.defined.module}"
            yield f"{use.name} (used by {_these(use.users)}): {sentence.format(place)}"
    known = {use.name for use in uses}
    for name in sorted((record.public | record.guards.keys()) - known):
        if users := _still_used(name, files):
            yield _undefined(name, users)
        else:
            yield f"{name}: {FILE} lists it but src/zarr uses it no more; run `./dev uses --write`."


def _unlike(use: Use, guard: str, record: Record) -> str:
    known = record.guards.get(use.name) if use.guarded else guard * (use.name in record.public)
    if not known:
        return f"{FILE} does not list it; read {{}}, then run `./dev uses --write`."
    if known != guard:
        return (
            f"upstream has changed it; read {{}}, mend what uses it if need be, then run "
            f'`./dev uses --write` (its guard is "{guard}" now, {FILE} has "{known}").'
        )
    return ""


def _undefined(name: str, users: tuple[str, ...]) -> str:
    return (
        f"{name} (used by {_these(users)}): upstream does not define it; use what took its place."
    )


def _these(users: tuple[str, ...]) -> str:
    return ", ".join(f"src/zarr/{user}" for user in users)


def _still_used(name: str, files: list[FileUses]) -> tuple[str, ...]:
    """Our files that use a name which upstream no longer defines."""
    owner, _, word = name.rpartition(".")

    def names(uses: FileUses) -> bool:
        if is_private(word):
            return word in uses.private or word in {method for _, method in uses.overridden}
        return uses.replaces(owner, word) or (owner in uses.names and word in uses.attributes)

    return tuple(uses.file for uses in files if names(uses))
