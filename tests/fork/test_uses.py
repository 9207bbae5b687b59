"""The uses of upstream in our packages are found and recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fork.fetch import ROOT
from fork.uses import Use, needs_guard
from fork.uses_record import FILE, dump_record, survey_uses
from tests.fork.uses_cases import UNUSED, USED, uses

if TYPE_CHECKING:
    from fork.upstream import Upstream


def test_every_use_is_recorded_and_every_guard_is_that_of_the_pinned_release(
    real_upstream: Upstream,
) -> None:
    """Catches a new import from `zarr.core`, or a change in upstream, that nobody has reviewed."""
    assert list(survey_uses(ROOT, real_upstream.files)) == []


def test_the_record_is_what_write_makes(real_uses: list[Use]) -> None:
    """Catches a file that was edited by hand, so that the next update changes unrelated lines."""
    assert (ROOT / FILE).read_text(encoding="utf-8") == dump_record(real_uses)


def test_the_real_uses_hold_those_that_are_known(real_uses: list[Use]) -> None:
    """Catches a search that finds few uses, and so finds them all recorded."""
    names = {use.name for use in real_uses}
    assert names >= {
        "zarr.abc.store.Store",
        "zarr.core.array.Array.__getitem__",
        "zarr.core.array.Array.set_mask_selection",
        "zarr.core.array.AsyncArray._chunk_grid",
        "zarr.core.config.config",
        "zarr.core.group.AsyncGroup.zeros_like",
        "zarr.core.sync._get_loop",
        "zarr.codecs.numcodecs._codecs._NumcodecsCodec._codec",
        "zarr.storage._local.LocalStore._ensure_open_sync",
    }
    assert all(use.guarded == (needs_guard(use.name)) for use in real_uses)
    assert not any(
        use.name.startswith(("zarr.crud", "zarr.zarrs", "zarr._engine")) for use in real_uses
    )


@pytest.mark.parametrize("name", USED)
def test_every_use_of_upstream_is_found(name: str) -> None:
    """Catches a use that reaches upstream in a way that the reader does not recognize."""
    text, expected = USED[name]
    assert uses(text).keys() == expected


@pytest.mark.parametrize("name", UNUSED)
def test_what_is_not_upstreams_is_no_use(name: str) -> None:
    """Catches a record that lists our own attributes, or a name that one of our modules defines."""
    assert uses(UNUSED[name]) == {}
