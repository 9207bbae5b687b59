"""Options of a call."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import _zarrs_bindings as zb
from zarr import crud

CRATE = Path(__file__).parents[2]
# `direct_io` is an option of the extension alone.
DEFAULTS = {field.name: field.default for field in fields(crud.Options)} | {"direct_io": False}


def test_options_refuse_what_they_do_not_know() -> None:
    """Catches misspelt options that are ignored."""
    wrong: list[dict[str, Any]] = [{"concurrency": 0}]
    wrong += [{name: "maybe"} for name in ("missing_chunks", "durability", "locking")]
    for options in wrong:
        with pytest.raises(ValueError, match="use "):
            zb.Options(**options)


def test_the_extension_has_the_defaults_of_the_facade() -> None:
    """Catches a default that was changed in one place and is different without an option."""
    parameters = inspect.signature(zb.Options).parameters
    assert {name: one.default for name, one in parameters.items()} == DEFAULTS


def test_the_stub_has_the_defaults_of_the_facade() -> None:
    """Catches a default that editors show, and that is not the real one."""
    tree = ast.parse((CRATE / "_zarrs_bindings.pyi").read_text(encoding="utf-8"))
    [options] = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Options"]
    [new] = [n for n in options.body if isinstance(n, ast.FunctionDef) and n.args.kwonlyargs]
    values = [eval(ast.unparse(node)) for node in new.args.kw_defaults if node]
    names = [argument.arg for argument in new.args.kwonlyargs]
    assert dict(zip(names, values, strict=True)) == DEFAULTS


def test_a_call_without_options_has_the_defaults_of_the_facade() -> None:
    """Catches a default of calls that pass no options at all, such as those of readers."""
    text = (CRATE / "src" / "options.rs").read_text(encoding="utf-8")
    found = re.search(r"const DEFAULT: Self = Self \{(.*?)\};", text, re.DOTALL)
    assert found
    given = dict(re.findall(r"(\w+): ([^,\n]+),", found[1]))
    words = {
        "None": None,
        "true": True,
        "false": False,
        "Locking::Auto": "auto",
    }
    values = {
        name: words[value] if value in words else eval(value) for name, value in given.items()
    }
    renamed = {"budget": "decoded_size_budget"}
    known = {renamed.get(name, name): value for name, value in values.items()}
    assert known.pop("missing_is_error") is (DEFAULTS["missing_chunks"] == "error")
    assert known.pop("fsync") is (DEFAULTS["durability"] == "fsync")
    assert known == {n: v for n, v in DEFAULTS.items() if n not in ("missing_chunks", "durability")}
