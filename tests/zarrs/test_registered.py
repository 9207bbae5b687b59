"""The names of the codec pipeline in zarr's registry."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from typing import Any

import pytest

import zarr
from zarr import registry
from zarr.zarrs import ZarrsCodecPipeline, _registered

OURS = "sorted(name for name in sys.modules if name.startswith('zarr.zarrs'))"


def run(code: str) -> str:
    """What a new interpreter prints."""
    command = [sys.executable, "-c", f"import sys, zarr\n{code}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_an_entry_point_registers_it_without_its_import() -> None:
    """Catches a program that must import the package, or one that pays although it does not."""
    create = "zarr.create_array({}, shape=3, chunks=2, dtype='i4')"
    assert run(f"{create}\nprint({OURS})") == "['zarr.zarrs', 'zarr.zarrs._registered']"
    name = "zarr.zarrs.ZarrsCodecPipeline"
    used = f"zarr.config.set({{'codec_pipeline.path': {name!r}}})\na = {create}\n"
    assert run(f"{used}print(type(a._async_array.codec_pipeline).__module__, a[:2])") == (
        "zarr.zarrs [0 0]"
    )


def test_the_registry_has_the_class_after_its_import() -> None:
    """Catches a stand-in that stays, or comes again with an entry point."""
    registry.get_pipeline_class()
    assert registry._pipeline_registry[_registered.NAME] is ZarrsCodecPipeline
    assert _registered.entry() is _registered.ZarrsCodecPipeline is ZarrsCodecPipeline


class Theirs(ZarrsCodecPipeline):
    """A pipeline of another package."""


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An empty registry."""
    empty: Any = registry.Registry()
    monkeypatch.setattr(registry, "_pipeline_registry", empty)
    return empty


def test_the_other_name_is_ours_if_nobody_else_has_it(known: Any) -> None:
    """Catches configurations for zarrs-python that fail where only this project is installed."""
    _registered.register()
    _registered.register(ZarrsCodecPipeline)
    assert known == dict.fromkeys((_registered.NAME, _registered.ALIAS), ZarrsCodecPipeline)


def test_the_other_name_stays_with_the_other_package(known: Any) -> None:
    """Catches a pipeline that takes another one's place, before or after that is loaded."""
    known[_registered.ALIAS] = Theirs
    _registered.register()
    assert known[_registered.ALIAS] is Theirs
    known.clear()
    declared = EntryPoint("zarrs.codec_pipeline", "zarrs:ZarrsCodecPipeline", "zarr.codec_pipeline")
    known.lazy_load_list.append(declared)
    _registered.register()
    assert _registered.ALIAS not in known
    assert known[_registered.NAME] is ZarrsCodecPipeline


def test_a_stand_in_makes_the_real_thing() -> None:
    """Catches a registered class that makes no pipeline."""
    array: Any = zarr.create_array({}, shape=3, chunks=2, dtype="i4")
    made = _registered.StandIn.from_array_metadata_and_store(array.metadata, array.store)
    assert type(made) is ZarrsCodecPipeline
    codecs = list(array._async_array.codec_pipeline)
    assert _registered.StandIn.from_codecs(codecs) == array._async_array.codec_pipeline.from_codecs(
        codecs
    )
    assert registry.fully_qualified_name(_registered.StandIn) == _registered.NAME
