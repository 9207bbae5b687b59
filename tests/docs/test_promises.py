"""The table of promises, and the tests that it names."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]

ROW = re.compile(r"^\| (\d+) \| .+ \| (.+) \|$", re.MULTILINE)


def names_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, functions)}


def test_every_promise_names_tests_that_exist() -> None:
    """Catches a promise whose test was renamed or removed."""
    rows = ROW.findall((ROOT / "docs/promises.md").read_text())
    assert [int(number) for number, _ in rows] == list(range(1, 34))
    for number, cell in rows:
        named = re.findall(r"`([\w/-]+\.py)::(test_\w+)`", cell)
        assert len(named) == cell.count("`") // 2 > 0, number
        for file, test in named:
            folder = ROOT if file.startswith("packages/") else ROOT / "tests"
            assert test in names_in(folder / file), f"{file}::{test}"


def test_every_promise_has_a_word_for_each_engine() -> None:
    """Catches a promise without a column, and a breach that no test of the engine shows."""
    lines = (ROOT / "docs/promises.md").read_text().splitlines()
    heads = [line for line in lines if line.startswith("| # |")]
    assert set(heads) == {"| # | Promise | `reference` | `zarrs` | `zarrista` | Tests |"}
    for line in lines:
        if re.match(r"\| \d+ \|", line):
            number, _, reference, zarrs, zarrista, tests = line.strip("| ").split(" | ")
            assert zarrs == "yes", number
            assert reference, number
            is_kept = zarrista.startswith(("yes", "all but", "obstore"))
            assert is_kept or "`zarrista/" in tests, number
