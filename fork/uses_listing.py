"""``./dev uses``: what our packages rely on in upstream, for a reviewer."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING

from fork import ForkError
from fork.fetch import ROOT, fetch_wheel
from fork.names import Modules
from fork.pin import load_pin
from fork.upstream import from_wheel
from fork.uses import find_uses, read_checkout
from fork.uses_record import FILE, doubts, dump_record, load_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from fork.uses import Use

__all__ = ["full_listing", "main", "short_listing"]


def full_listing(uses: list[Use]) -> Iterator[str]:
    """Every use on a line of its own, followed by all its users."""
    for use in uses:
        guard = use.defined.guard if use.defined and use.guarded else "no guard"
        yield f"{use.name}  {guard}  {_place(use)}"
        yield from (f"    src/zarr/{user}" for user in use.users)
    yield _totals(uses)


def short_listing(uses: list[Use]) -> Iterator[str]:
    """The guarded names by upstream's module, the private attributes, and the names without guard.

    A name is followed by its guard, its defining module if that is another one, and its users.
    """
    names = [use for use in uses if use.kind == "name"]
    methods = Counter(_owner(use) for use in uses if use.kind == "method")
    for module, here in _by(_owner, (use for use in names if use.guarded)).items():
        told = "; ".join(_line(use, module, methods[use.name]) for use in here)
        yield from _wrapped(f"{module}: {told}")
    yield "methods that our decorators replace"
    for cls, here in _by(_owner, (use for use in uses if use.kind == "replaced")).items():
        users = sorted({user for use in here for user in use.users})
        yield from _wrapped(f"{cls}: {', '.join(map(_word, here))} < {_few(users)}", "  ")
    yield "private attributes, in every class that has one of the name"
    for word, here in _by(_word, (use for use in uses if use.kind == "private")).items():
        yield from _wrapped(_private_line(word, here), "  ")
    yield "names of documented modules, without guard, and how many files use each"
    for module, here in _by(_owner, (use for use in names if not use.guarded)).items():
        told = ", ".join(f"{_word(use)} {len(use.users)}" for use in here)
        yield from _wrapped(f"{module}: {told}", "  ")
    yield _totals(uses)


def _by(key: Callable[[Use], str], uses: Iterable[Use]) -> dict[str, list[Use]]:
    return {k: list(group) for k, group in groupby(sorted(uses, key=key), key)}


def _owner(use: Use) -> str:
    return use.name.rpartition(".")[0]


def _word(use: Use) -> str:
    return use.name.rpartition(".")[2]


def _place(use: Use) -> str:
    return f"{use.defined.module}.{use.defined.name}" if use.defined else "not defined"


def _wrapped(text: str, indent: str = "") -> list[str]:
    rest = f"{indent}    "
    return wrap(text, 100, initial_indent=indent, subsequent_indent=rest, break_on_hyphens=False)


def _line(use: Use, module: str, methods: int) -> str:
    guard = use.defined.guard if use.defined else "not defined"
    moved = f" of {use.defined.module}" if use.defined and use.defined.module != module else ""
    named = f" ({methods} method{'s' * (methods > 1)})" if methods else ""
    return f"{_word(use)} {guard}{moved}{named} < {_few(use.users)}"


def _private_line(word: str, uses: list[Use]) -> str:
    classes = [use.defined.name.rpartition(".")[0] for use in uses if use.defined]
    users = sorted({user for use in uses for user in use.users})
    guard = uses[0].defined.guard if uses[0].defined else "not defined"
    more = " ..." if len(uses) > 1 else ""
    return f"{word} {guard}{more} of {_few(classes)} < {_few(users)}"


def _few(texts: Sequence[str]) -> str:
    shown = ", ".join(text.removesuffix(".py") for text in texts[:2])
    return shown + (f" +{len(texts) - 2}" if len(texts) > 2 else "")


def _totals(uses: list[Use]) -> str:
    kinds = Counter((use.kind, use.guarded) for use in uses)
    counts = {
        "guarded names": kinds["name", True],
        "methods of theirs": kinds["method", True],
        "replaced methods": kinds["replaced", True],
        "private attributes": kinds["private", True],
        "names without guard": kinds["name", False],
    }
    return f"{len(uses)} uses: {', '.join(f'{count} {what}' for what, count in counts.items())}"


def main(arguments: list[str] | None = None) -> int:
    """Print the uses of this checkout; exit with 1 as long as the record differs from them."""
    parser = argparse.ArgumentParser(prog="./dev uses", description=__doc__)
    parser.add_argument("--full", action="store_true", help="every use, with all that use it")
    parser.add_argument("--write", action="store_true", help=f"write them to {FILE}")
    chosen = parser.parse_args(arguments)
    try:
        files = from_wheel(fetch_wheel(load_pin(ROOT / "fork" / "upstream.toml"))).files
        upstream = Modules(files)
        read = read_checkout(ROOT, upstream)
        uses = find_uses(read, upstream)
        if chosen.write:
            (ROOT / FILE).write_text(dump_record(uses), encoding="utf-8")
        else:
            print("\n".join((full_listing if chosen.full else short_listing)(uses)))
        found = list(doubts(uses, load_record(ROOT), read))
    except ForkError as error:
        found = [str(error)]
    for sentence in found:
        print(f"zarr fork: {sentence}", file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
