"""The seams of this checkout, applied to the pinned release."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fork import ForkError
from fork.assemble import assemble, overlay
from fork.build import LICENCES
from fork.fetch import ROOT
from fork.metadata import check_licences, check_metadata
from fork.pin import load_pin, tree_digest
from tests.fork.conftest import OURS, refusal

if TYPE_CHECKING:
    from fork.assemble import Assembly
    from fork.upstream import Upstream

PIN = load_pin(ROOT / "fork" / "upstream.toml")


def test_every_upstream_line_is_still_there_in_order(
    real_assembly: Assembly, real_upstream: Upstream
) -> None:
    """Catches a seam that replaces lines, by the lines of the listing and not by the build's own
    proof.
    """
    for path, before in real_upstream.files.items():
        rest = real_assembly.files[path].splitlines(keepends=True)
        inserted = Counter(line for i in real_assembly.insertions.get(path, []) for line in i.lines)
        assert Counter(rest) == Counter(before.splitlines(keepends=True)) + inserted
        lines = iter(rest)
        assert all(line in lines for line in before.splitlines(keepends=True))
    assert real_assembly.files.keys() == real_upstream.files.keys()


def test_only_the_files_with_seams_differ(real_assembly: Assembly, real_upstream: Upstream) -> None:
    """Catches a change to upstream that no seam file and no listing shows."""
    changed = {
        path for path, data in real_upstream.files.items() if real_assembly.files[path] != data
    }
    seams = (ROOT / "fork" / "seams").rglob("*.toml")
    files = {s.relative_to(ROOT / "fork/seams").with_suffix(".py").as_posix() for s in seams}
    assert changed == set(real_assembly.insertions) == files | {"_version.py"}


def test_the_seams_stay_within_their_budget(real_assembly: Assembly) -> None:
    """Catches a fork that grows inside upstream's files instead of calling its own."""
    found = [i for insertions in real_assembly.insertions.values() for i in insertions]
    assert len(real_assembly.insertions) <= 11
    # A keyword that type checkers see takes one or two lines in each of upstream's functions.
    keyword: Counter[tuple[str, str]] = Counter()
    other = 0
    for insertion in found:
        seam, lines = insertion.seam, len(insertion.lines)
        if seam.op in ("parameter", "decorator") and seam.target.rpartition(".")[2].islower():
            keyword[seam.path, seam.target] += lines
        else:
            other += lines
    assert max(keyword.values()) <= 2
    # We add two fields to upstream's ArrayConfig, and each needs a line in five places.
    # Two lines and an import let `sync` run coroutines without an event loop.
    # Type checkers see each method that arrays gain.
    # The application `zarr` imports our commands, and a decorator adds them.
    assert other <= 48
    assert keyword.total() + other <= 126


def test_the_forks_own_result_is_no_upstream(
    real_assembly: Assembly, real_upstream: Upstream
) -> None:
    """Catches seams that are applied again to a tree that already has them."""
    with pytest.raises(ForkError, match="as pinned") as error:
        assemble(ROOT, replace(real_upstream, files=real_assembly.files), OURS)
    refusal(error)


def test_the_pinned_digest_is_that_of_the_published_wheel(real_upstream: Upstream) -> None:
    """Catches a pin whose version, hash and digest belong to different releases."""
    files = {f"zarr/{path}": data for path, data in real_upstream.files.items()}
    assert tree_digest(files) == PIN.tree_sha256
    assert real_upstream.version == PIN.version


def test_metadata_licence_and_overlay_of_this_checkout_pass(real_upstream: Upstream) -> None:
    """Catches differences that only a full build would find."""
    check_metadata(ROOT / "pyproject.toml", real_upstream, PIN)
    check_licences(ROOT / LICENCES, real_upstream)
    names = {path.name for path in overlay(ROOT / "src/zarr", real_upstream.files)}
    assert names >= {"_engine", "crud", "zarrs"}
