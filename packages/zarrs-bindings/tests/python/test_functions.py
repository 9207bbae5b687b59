"""The functions of the module."""

from __future__ import annotations

import json

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import LITTLE, Bridge, bridged, document


def test_supports_names_what_it_refuses() -> None:
    """Catches a refusal without a reason, and a call that accepts what `supports` refuses."""
    cases = {
        "zarr_format 2": json.dumps({"zarr_format": 2}),
        "`hexagonal`": document(chunk_grid={"name": "hexagonal", "configuration": {}}),
        "`string`": document(dtype="string", fill=""),
        "`zfpy`": document(codecs=(LITTLE, {"name": "zfpy"})),
        "`new`": document(new={"must_understand": True}),
        "rank 65": document((1,) * 65, (1,) * 65),
    }
    store = bridged(Bridge(), document()).store
    for words, text in cases.items():
        assert words in (zb.supports(text) or "")
        with pytest.raises(RuntimeError, match=f"^unsupported: .*{words}"):
            zb.read_region(text, store, (), "", np.dtype("i4"), None, None)
    assert zb.supports(document(new={"must_understand": False})) is None
    assert zb.supports("[" * 10**6) is not None
