"""Options of lzma and pcodec that exclude each other."""

from __future__ import annotations

import lzma
from typing import Any

import pytest

from zarr.crud._encoding.encoder_options import (
    MOST_PAGE,
    _with_little_memory,
    refused_lzma,
    refused_pages,
)

LZMA2 = {"id": lzma.FILTER_LZMA2, "preset": 0}

LZMAS: list[dict[str, Any]] = [
    {},
    {"format": None, "check": None, "preset": None, "filters": None},
    {"preset": 0},
    {"preset": 10},
    {"preset": -1},
    {"format": lzma.FORMAT_ALONE, "check": -1},
    {"format": lzma.FORMAT_ALONE, "check": lzma.CHECK_CRC32},
    {"format": lzma.FORMAT_RAW},
    {"format": lzma.FORMAT_RAW, "filters": [LZMA2]},
    {"filters": []},
    {"filters": [{"id": 99}]},
    {"filters": [{"id": lzma.FILTER_DELTA, "dist": 4}]},
    {"filters": [{"id": lzma.FILTER_DELTA, "dist": 4}, LZMA2]},
    {"filters": [LZMA2 | {"dict_size": 4095}]},
    {"filters": [LZMA2 | {"dict_size": 4096}]},
    {"filters": [LZMA2 | {"lc": 9}]},
    {"filters": 7},
]


@pytest.mark.parametrize("config", LZMAS)
def test_lzma_is_refused_where_python_refuses_it(config: dict[str, Any]) -> None:
    """Catches a combination that fails at the first chunk, or one that works and is refused."""
    given: Any = {name: value for name, value in config.items() if value is not None}
    try:
        lzma.LZMACompressor(**given)
    except (ValueError, TypeError, OverflowError, lzma.LZMAError):
        assert "codec 'lzma' cannot encode" in (refused_lzma(config) or "")
    else:
        assert refused_lzma(config) is None


@pytest.mark.parametrize("preset", [9, 9 | lzma.PRESET_EXTREME])
def test_a_trial_takes_little_memory(preset: int) -> None:
    """Catches a trial of preset 9, which takes hundreds of MiB to find out whether it exists."""
    given = {"preset": preset, "filters": [{"id": 33, "dict_size": 3 << 29, "preset": preset}]}
    filters = [{"id": 33, "dict_size": 1 << 12, "preset": 0}]
    assert _with_little_memory(given) == {"preset": 0, "filters": filters}
    assert given["preset"] == preset
    assert refused_lzma({"preset": preset}) is None


@pytest.mark.parametrize("size", [(1 << 12) - 1, (3 << 29) + 1])
def test_a_dictionary_out_of_range_is_refused_before_it_is_reduced(size: int) -> None:
    """Catches a size that is never tried, because the trial uses a small one."""
    with pytest.raises(ValueError, match="dict_size takes 4096 to 1610612736"):
        _with_little_memory({"dict_size": size})


@pytest.mark.parametrize(
    ("config", "count", "words"),
    [
        ({}, None, None),
        ({"mode_spec": "classic", "delta_spec": "none"}, 10, None),
        ({"mode_spec": "float"}, 10, "has no mode_spec"),
        ({"delta_spec": None}, 10, "has no delta_spec null"),
        ({"paging_spec": "exact"}, 10, "has no paging_spec"),
        ({"delta_spec": "try_consecutive"}, 10, "no delta_encoding_order; it takes 0 to 7"),
        ({"delta_spec": "try_consecutive", "delta_encoding_order": 0}, 10, None),
        ({"delta_spec": "auto", "delta_encoding_order": 3}, 10, None),
        ({"delta_spec": "none", "delta_encoding_order": 0}, 10, "leave that out"),
        ({"equal_pages_up_to": MOST_PAGE}, 2**30, None),
        ({"equal_pages_up_to": MOST_PAGE + 1}, MOST_PAGE, None),
        ({"equal_pages_up_to": MOST_PAGE + 1}, MOST_PAGE + 1, "it takes 1 to 16777216"),
        ({"equal_pages_up_to": MOST_PAGE + 1}, None, None),
    ],
)
def test_options_of_pcodec_must_go_together(
    config: dict[str, Any], count: int | None, words: str | None
) -> None:
    """Catches an order of 0 that is treated as missing, or a page limit that no chunk reaches."""
    found = refused_pages(config, count)
    assert found is None if words is None else words in (found or "")
