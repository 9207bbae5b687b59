"""The listings of the uses show all of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fork.uses_listing import full_listing, short_listing

if TYPE_CHECKING:
    from fork.uses import Use


def test_the_listings_leave_nothing_out(real_uses: list[Use]) -> None:
    """A listing that is short because it lacks something."""
    short, full = list(short_listing(real_uses)), list(full_listing(real_uses))
    assert len(short) <= 140
    words = re.split(r"[ ,;]+", " ".join(short))
    for use in real_uses:
        assert use.defined is not None
        if use.kind != "method":
            assert use.name.rpartition(".")[2] in words
        guard = use.defined.guard if use.guarded else "no guard"
        place = f"{use.defined.module}.{use.defined.name}"
        at = full.index(f"{use.name}  {guard}  {place}")
        assert full[at + 1 : at + 1 + len(use.users)] == [f"    src/zarr/{u}" for u in use.users]
