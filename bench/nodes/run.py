"""Measure how long nodes take to be opened and created."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.nodes.report import as_json, page
from bench.nodes.rows import rows
from bench.nodes.timing import measure
from bench.timing import WrongResultError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def main(options: Namespace, parser: ArgumentParser) -> int:
    """Run the benchmark and print its page; return 1 if results differ."""
    chosen = list(rows(options.cell))
    if not chosen:
        parser.error(f"no row has {options.cell!r} in its name")
    rounds = options.rounds if options.rounds is not None else 7 if options.quick else 21
    if rounds < 1:
        parser.error(f"--rounds is {rounds}; measure in one round or more")
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            results = [measure(row, rounds, Path(folder)) for row in chosen]
    except WrongResultError as err:
        print(f"FAILED: {err}", file=sys.stderr)
        return 1
    document = as_json(results, rounds)
    text = page(document, results)
    print(text)
    if options.json:
        options.json.write_text(json.dumps(document, indent=1) + "\n")
        options.json.with_suffix(".md").write_text(text)
    return 0
