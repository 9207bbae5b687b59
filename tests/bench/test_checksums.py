"""The cost of checksums is measured with calls that differ only in the checksum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bench import checksums
from bench.checksums import CHAINS, calls_of, main, timed
from zarr import crud

VALUES = np.arange(20, dtype="f4")


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checksums, "values", lambda: VALUES)


@pytest.mark.parametrize("engine", ["reference", "zarrs"])
def test_each_chain_is_encoded_and_decoded_to_its_values(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a row that decodes a different chain from the one that it names: all calls are made
    in one loop.
    """
    decode, given = crud.decode_chunk, list[bytes]()

    def noting(document: Any, encoded: bytes, **kwargs: Any) -> Any:
        given.append(encoded)
        return decode(document, encoded, **kwargs)

    monkeypatch.setattr(crud, "decode_chunk", noting)
    calls: dict[str, Any] = calls_of(engine)
    compared = [name for name in CHAINS if "crc32c" in name]
    assert set(calls) == {
        *(f"{name}: {verb}" for name in CHAINS for verb in ("encode", "decode")),
        *(f"{name}: decode, not compared" for name in compared),
    }
    sizes = {name: len(calls[f"{name}: encode"]()) for name in CHAINS}
    assert sizes["bytes"] == VALUES.nbytes
    assert sizes["bytes, crc32c"] == VALUES.nbytes + 4
    assert sizes["zstd, crc32c"] == sizes["zstd with checksum"] == sizes["zstd"] + 4
    for name, call in calls.items():
        if "decode" in name:
            np.testing.assert_array_equal(call(), VALUES, name)
            assert given[-1] == calls[f"{name.partition(':')[0]}: encode"]()


@pytest.mark.parametrize("engine", ["reference", "zarrs"])
def test_a_checksum_is_compared_where_the_row_says_so(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a checksum that costs nothing because it is not compared."""
    encode = crud.encode_chunk

    def damaged(*args: Any, **kwargs: Any) -> bytes:
        data = encode(*args, **kwargs)
        return data[:-1] + bytes([data[-1] ^ 1])

    monkeypatch.setattr(crud, "encode_chunk", damaged)
    calls = calls_of(engine)
    for name in ("bytes, crc32c", "zstd with checksum", "zstd, crc32c"):
        with pytest.raises(crud.CrudError):
            calls[f"{name}: decode"]()
    for name in ("bytes, crc32c", "zstd, crc32c"):
        calls[f"{name}: decode, not compared"]()


def test_the_figures_are_medians_in_milliseconds_of_calls_that_take_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Catches all rounds of one call before all of the next, on a machine that is busy during one
    of them.
    """
    clock, made = [0.0], list[str]()
    monkeypatch.setattr(checksums, "ROUNDS", 3)
    monkeypatch.setattr("time.perf_counter", lambda: clock[0])

    def call(name: str, *seconds: float) -> Any:
        rest = iter(seconds)

        def run() -> None:
            made.append(name)
            clock[0] += next(rest)

        return run

    assert timed({"a": call("a", 1, 2, 64), "b": call("b", 8, 4, 4)}) == {"a": 2000, "b": 4000}
    assert made == ["a", "b"] * 3


def test_the_table_has_a_row_for_each_call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches the columns of the two engines in the wrong order."""
    monkeypatch.setattr(checksums, "calls_of", lambda engine: {engine: print})
    monkeypatch.setattr(checksums, "timed", lambda calls: {"one": len(*calls), "two": 0.125})
    main()
    assert capsys.readouterr().out.splitlines()[2:] == [
        "| one | 9.00 | 5.00 |",
        "| two | 0.12 | 0.12 |",
    ]
