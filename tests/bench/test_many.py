"""The page of many reads and writes has what its parts print."""

from __future__ import annotations

from bench import many
from bench.report import machine


def test_the_page_has_the_machine_and_all_parts() -> None:
    """Catches a part that is left out, and figures without the machine."""
    found = many.page({"One": lambda: print("| a |"), "Two": lambda: print("| b |")})
    assert "## One\n\n| a |\n" in found
    assert "## Two\n\n| b |\n" in found
    assert f"{machine()}; zarr " in found


def test_every_command_is_a_part() -> None:
    """Catches measurements that the page does not have."""
    assert list(many.PARTS) == [
        "Rows of a sparse matrix, and samples",
        "A cache of decoded chunks",
        "Batches of writes",
        "Streams",
    ]
