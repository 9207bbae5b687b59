"""anndata: nested groups of dense, sparse, categorical and text arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anndata
import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
import scipy.sparse  # type: ignore[import-untyped]
from anndata.experimental import read_elem_lazy, read_lazy

import zarr
from tests.engine.entry_points import VALUES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ecosystem.conftest import Watched

pytestmark = [
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option"),
    pytest.mark.filterwarnings("ignore:Consolidated metadata"),
    pytest.mark.filterwarnings("ignore:Writing zarr v2 data"),
    pytest.mark.filterwarnings("ignore:This setting will be removed"),
    pytest.mark.filterwarnings("ignore:zarr v3 will become the only option"),
]

NAMES = [f"cell {n}" for n in range(7)]
SPARSE = scipy.sparse.csr_matrix(VALUES % 3)


def made() -> anndata.AnnData:
    """A little of everything that anndata stores."""
    obs = pd.DataFrame(
        {
            "kind": pd.Categorical(list("abababa"), categories=["b", "a"], ordered=True),
            "score": np.linspace(0, 1, 7),
            "label": [f"ö{n}" * n for n in range(7)],
            "good": np.arange(7) % 2 == 0,
        },
        index=NAMES,
    )
    # Called as an untyped function: its annotations omit columns of text.
    make: Any = anndata.AnnData
    found: anndata.AnnData = make(
        X=VALUES.astype("f4"),
        obs=obs,
        obsm={"pca": VALUES[:, :2] / 7},
        layers={"rows": SPARSE, "columns": scipy.sparse.csc_matrix(SPARSE)},
        uns={
            "title": "seven cells",
            "nested": {"numbers": VALUES[0], "words": np.array(["x", ""])},
        },
    )
    return found


def assert_equal(found: Any, expected: Any) -> None:
    """Everything that `made` creates is equal."""
    np.testing.assert_array_equal(found.X, expected.X)
    pd.testing.assert_frame_equal(found.obs, expected.obs)
    np.testing.assert_array_equal(found.obsm["pca"], expected.obsm["pca"])
    for name in ("rows", "columns"):
        assert type(found.layers[name]) is type(expected.layers[name])
        np.testing.assert_array_equal(found.layers[name].toarray(), SPARSE.toarray())
    assert found.uns["title"] == "seven cells"
    np.testing.assert_array_equal(found.uns["nested"]["numbers"], VALUES[0])
    assert list(found.uns["nested"]["words"]) == ["x", ""]


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_what_is_written_is_read_as_natively(
    watched: Watched, tmp_path: Path, zarr_format: int
) -> None:
    """Catches an error on either side that reading its own data would hide."""
    with anndata.settings.override(zarr_write_format=zarr_format):
        made().write_zarr(tmp_path / "ours")
        watched.assert_served("write_region")
        with zarr.config.set({"array.engine": "zarr"}):
            made().write_zarr(tmp_path / "native")
            native: Any = anndata.read_zarr(tmp_path / "native")
            assert_equal(anndata.read_zarr(tmp_path / "ours"), native)
    watched.forget()
    for folder in ("ours", "native"):
        assert_equal(anndata.read_zarr(tmp_path / folder), native)
    watched.assert_served("read_region")


def test_backed_matrices_are_read_in_parts(watched: Watched, tmp_path: Path) -> None:
    """Catches wrong slices, lists and masks of rows, through the three arrays of a sparse
    matrix.
    """
    made().write_zarr(tmp_path)
    group = zarr.open_group(tmp_path, mode="r")
    watched.forget()
    dense, mask = SPARSE.toarray(), np.arange(7) % 3 == 0
    rows: Any = anndata.io.sparse_dataset(group["layers/rows"])
    columns: Any = anndata.io.sparse_dataset(group["layers/columns"])
    for where in (slice(1, 6, 2), [6, 0, 3], mask, slice(3, 3)):
        np.testing.assert_array_equal(rows[where].toarray(), dense[where])
    np.testing.assert_array_equal(columns[:, 1:4].toarray(), dense[:, 1:4])
    watched.assert_served("read_region")


def test_a_backed_sparse_matrix_grows(watched: Watched, tmp_path: Path) -> None:
    """Catches errors in three arrays that are resized and written at their ends."""
    group = zarr.create_group(tmp_path)
    anndata.io.write_elem(group, "m", SPARSE)
    backed: Any = anndata.io.sparse_dataset(group["m"])
    backed.append(SPARSE)
    watched.assert_served("read_region", "write_region")
    expected = np.vstack([SPARSE.toarray(), SPARSE.toarray()])
    for engine in (watched.backend or watched.name, "zarr"):
        found: Any = anndata.io.read_elem(zarr.open_group(tmp_path, engine=engine)["m"])
        np.testing.assert_array_equal(found.toarray(), expected)


@pytest.mark.parametrize("name", ["X", "layers/rows"])
def test_lazy_elements_are_read_by_dask(watched: Watched, tmp_path: Path, name: str) -> None:
    """Catches errors of arrays in the graph of a threaded scheduler."""
    made().write_zarr(tmp_path)
    lazy: Any = read_elem_lazy(zarr.open_group(tmp_path, mode="r")[name])
    watched.forget()
    found = lazy[2:5].compute()
    dense = found.toarray() if scipy.sparse.issparse(found) else found
    np.testing.assert_array_equal(dense, (VALUES if name == "X" else SPARSE.toarray())[2:5])
    watched.assert_served("read_region")


def test_whole_objects_are_read_lazily(watched: Watched, tmp_path: Path) -> None:
    """Catches errors of columns behind xarray, with consolidated metadata."""
    made().write_zarr(tmp_path)
    zarr.consolidate_metadata(tmp_path)
    with zarr.config.set({"array.engine": "zarr"}):
        native: Any = read_lazy(tmp_path)
        expected = native.to_memory()
    watched.forget()
    lazy: Any = read_lazy(tmp_path)
    assert_equal(lazy.to_memory(), expected)
    watched.assert_served("read_region")
