"""The links and figures of the README and the pages beside it are right."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

import zarr
from bench.report import duration
from zarr import crud
from zarr.codecs.numcodecs import LZMA
from zarr.crud import UnsupportedError
from zarr.storage import MemoryStore

ROOT = Path(__file__).parents[2]
PAGES = [
    "README.md",
    "docs/coverage.md",
    "docs/engines.md",
    "docs/install.md",
    "docs/many-reads.md",
    "docs/remote.md",
    "docs/zarrs-codecs.md",
    "bench/README.md",
    "examples/land_mask/README.md",
    "examples/training/README.md",
]
FANCY = {
    "index list": lambda array: array[[0, 2]],
    "mask": lambda array: array[np.ones((7, 5), bool)],
    "oindex": lambda array: array.oindex[[0, 2], :],
    "vindex": lambda array: array.vindex[[0, 2], [1, 3]],
    "blocks": lambda array: array.blocks[0],
}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Catches a link to a file that has moved."""
    file = ROOT / page
    targets = re.findall(r"\]\(([^)]+)\)", file.read_text())
    here = [target for target in targets if not target.startswith("https://")]
    assert [target for target in here if not leads_somewhere(file, target)] == []


def leads_somewhere(file: Path, target: str) -> bool:
    """Return whether a page has a file to link to, and that file the section."""
    name, _, section = target.partition("#")
    page = file.parent / name if name else file
    if not section:
        return page.exists()
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE) if page.exists() else []
    return section in {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def test_version_in_the_readme_is_the_version() -> None:
    """Catches a README of another release."""
    assert f"`{zarr.__version__}`" in (ROOT / "README.md").read_text()


def test_figures_are_those_of_the_saved_result() -> None:
    """Catches figures that are older than the result that they refer to."""
    text = (ROOT / "README.md").read_text()
    (link,) = re.findall(r"\]\((bench/results/.*?)\.md\)", text)
    saved = json.loads((ROOT / f"{link}.json").read_text())
    cells = {cell["name"]: cell for cell in saved["cells"]}
    rows = re.findall(r"^\| (.*?) \|(.*) \|$", text[text.index("| work |") :], re.MULTILINE)[1:]
    assert len(rows) > 5
    for name, figures in rows:
        cell = cells[name]
        seconds, best = cell["seconds"], cell["best_peer"]
        names = ("zarr batched", best, "crud reference", "crud zarrs", "arr[...] zarrs")
        expected = [duration(seconds[peer]) for peer in names]
        expected[1] += f" {best}"
        assert figures.strip().split(" | ") == [*expected, f"{cell['ratio']:.2f}"]


@pytest.mark.parametrize("way", FANCY)
def test_fancy_selections_are_served(way: str, engine: str, tmp_path: Path) -> None:
    """Catches a status table that promises too much."""
    native = zarr.create_array(tmp_path, data=np.arange(35).reshape(7, 5), chunks=(3, 2))
    found = FANCY[way](zarr.open_array(tmp_path, engine=engine))
    assert np.array_equal(found, FANCY[way](native))


@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3")
@pytest.mark.parametrize(
    "keywords", [{"compressors": LZMA()}, {"compressors": numcodecs.LZMA(), "zarr_format": 2}]
)
def test_zarrs_refuses_what_the_summary_says(keywords: dict[str, object]) -> None:
    """Catches a status table that promises too little."""
    store = MemoryStore()
    keywords = {"shape": (7, 5), "chunks": (3, 2), "dtype": str, **keywords}
    array = zarr.create_array(store, **keywords)  # type: ignore[arg-type]
    assert np.shape(crud.read_region(array.metadata, store, engine="reference")) == (7, 5)
    with pytest.raises(UnsupportedError, match="lzma"):
        crud.read_region(array.metadata, store, engine="zarrs")


def test_negative_steps_are_served_as_the_summary_says(engine: str) -> None:
    """Catches a status table that promises too much."""
    store, data = MemoryStore(), np.arange(35).reshape(7, 5)
    array = zarr.create_array(store, data=data, chunks=(3, 2))
    found = crud.read_region(array.metadata, store, (slice(None, None, -2), ...), engine=engine)
    assert np.array_equal(found, data[::-2])
