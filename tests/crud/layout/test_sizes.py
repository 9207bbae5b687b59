"""Sizes as people read them."""

from __future__ import annotations

from zarr.crud._layout.sizes import shown_size


def test_sizes_have_the_unit_that_fits() -> None:
    """Catches a unit that is off by a power, or a size beyond the last unit."""
    assert [shown_size(n) for n in (0, 1023, 1024, 1 << 20)] == [
        "0 B",
        "1023 B",
        "1.0 KiB",
        "1.0 MiB",
    ]
    assert shown_size(1 << 70) == "1048576.0 PiB"
