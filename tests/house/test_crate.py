"""The structure of the crate: which folders import which, and how long files are."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.house import rust
from tests.house.order import cycles

CRATE: Final = Path(__file__).parents[2] / "packages" / "zarrs-bindings"
SOURCE: Final = CRATE / "src"
RULES: Final = tomllib.loads(Path(__file__).with_name("crate.toml").read_text())
ALLOWED: Final[dict[str, list[str]]] = RULES["imports"]
FOLDERS: Final = {path.name.removesuffix(".rs") for path in SOURCE.iterdir()}


def test_folders_import_only_what_is_below_them() -> None:
    """Catches a module that imports from above, for a helper that is in the wrong place."""
    found = rust.imports(SOURCE)
    assert found
    assert [str(one) for one in found if one.target not in ALLOWED[one.folder]] == []


def test_what_is_allowed_is_used() -> None:
    """Catches an unused permission, through which a new import would go unnoticed."""
    used = {(one.folder, one.target) for one in rust.imports(SOURCE)}
    given = {(folder, target) for folder, targets in ALLOWED.items() for target in targets}
    assert given - used == set()


def test_every_folder_has_its_rule() -> None:
    """Catches a new folder without a place in the order."""
    assert set(ALLOWED) == FOLDERS


def test_no_folders_import_each_other() -> None:
    """Catches two rules that are fine alone but form a cycle together."""
    assert cycles(ALLOWED, pairs(ALLOWED)) == []


def pairs(graph: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Each folder, paired with each folder that it may import."""
    return [(one, other) for one, others in graph.items() for other in others]


def test_no_file_is_too_long() -> None:
    """Catches a file that has come to hold a second concept."""
    most: int = RULES["limits"]["lines_of_code"]
    lengths = {str(file.relative_to(SOURCE)): _length(file) for file in SOURCE.rglob("*.rs")}
    assert {name: length for name, length in lengths.items() if length > most} == {}


def _length(file: Path) -> int:
    return rust.lines_of_code(file.read_text())


def test_unsafe_code_is_only_where_it_is_listed() -> None:
    """Catches an unsafe block in a module that had none, or a permission that is no longer
    needed.
    """
    assert _cargo()["unsafe_code"] == "deny"
    text = {str(file.relative_to(SOURCE)): file.read_text() for file in SOURCE.rglob("*.rs")}
    found = {name for name, rust_text in text.items() if _is_unsafe(rust_text)}
    allowed = {name for name, rust_text in text.items() if "unsafe_code" in rust.code(rust_text)}
    assert sorted(found) == RULES["unsafe"]["modules"]
    assert allowed == found


def _cargo() -> dict[str, str]:
    lints: dict[str, str] = tomllib.loads((CRATE / "Cargo.toml").read_text())["lints"]["rust"]
    return lints


def _is_unsafe(text: str) -> bool:
    return re.search(r"\bunsafe\b", rust.code(text)) is not None


def test_words_about_unsafe_code_are_none() -> None:
    """Catches a comment or message that counts as unsafe code, or an unsafe block that does not."""
    assert not _is_unsafe('//! unsafe\n#![expect(unsafe_code, reason = "unsafe")]\n/* unsafe */')
    assert _is_unsafe("fn f() {\n    unsafe { g() };\n}")


def test_the_readme_lists_every_folder_from_the_top_down() -> None:
    """Catches a table that names a moved folder, lacks a new one, or has another order."""
    rows = re.findall(r"^\| (`.*?) \|", (CRATE / "README.md").read_text(), re.MULTILINE)
    listed = [name.strip("`/") for row in rows for name in row.split(", ")]
    assert sorted(listed) == sorted(FOLDERS - {"lib"})
    below = {name: listed[place + 1 :] for place, name in enumerate(listed)}
    assert {name for name in listed if not set(ALLOWED[name]) <= set(below[name])} == set()


TREE: Final = {
    "lib.rs": "mod high;\nmod low;\n",
    "high/mod.rs": "use crate::low::{self, Thing};\nmod deep;\n",
    "high/deep.rs": "use super::Local;\n",
    "low.rs": "pub(crate) struct Thing<'a>(&'a u8);\n",
}


def imports(root: Path, **changed: str) -> set[tuple[str, str]]:
    """The imports between folders in the sample tree, with some files changed."""
    files = TREE | {name.replace("__", "/") + ".rs": text for name, text in changed.items()}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return {(one.folder, one.target) for one in rust.imports(root)}


def test_paths_within_a_folder_are_no_imports(tmp_path: Path) -> None:
    """Catches a check that reports imports of a folder's own modules."""
    assert imports(tmp_path) == {("high", "low")}


@pytest.mark.parametrize(
    "text",
    [
        "use crate::high::Thing;",
        "pub(crate) use crate::high;",
        "use crate::{errors::{self, high2}, high as other};",
        "use crate::{\n    high::{a, b},\n    low,\n};",
        "fn f() { crate::high::g::<'_', 'a'>() }",
        "impl crate::high::Trait for Thing {}",
        "use super::high::Thing;",
        "use super::{high, low};",
        'const A: &str = "// /*"; use crate::high::Thing;',
        'const A: &str = r#""/*"#; const B: char = \'"\'; use crate::high::A; /* "*/',
        "#[cfg(test)]\nmod tests { fn f() { {} } }\nuse crate::high::Thing;",
    ],
)
def test_a_forbidden_import_is_found_however_it_is_written(tmp_path: Path, text: str) -> None:
    """Catches a way to write a path that the check does not read."""
    assert ("low", "high") in imports(tmp_path, low=text)


@pytest.mark.parametrize(
    "text",
    [
        "// use crate::high::Thing;",
        "/* /* */ use crate::high::Thing; */",
        '/// [`crate::high`]\nconst A: &str = "crate::high::Thing";',
        'const A: &str = r##"crate::high "# crate::high"##;',
        "#[cfg(test)]\nmod tests {\n    use crate::high::Thing;\n    fn f() {}\n}",
        "#[cfg(all(test, unix))]\nmod tests {\n    use crate::high::Thing;\n}",
        "use crate::other::{high, low::high as high};",
        "use crate::highest::Thing;",
    ],
)
def test_what_is_no_import_is_not_taken_for_one(tmp_path: Path, text: str) -> None:
    """Catches comments, strings, tests and names that look like imports and are reported."""
    assert ("low", "high") not in imports(tmp_path, low=text)


def test_files_of_tests_are_left_out(tmp_path: Path) -> None:
    """Catches a report about a test module in a separate file, which may import anything."""
    declared = "#[cfg(test)]\nmod tests;\n"
    found = imports(tmp_path, low=declared, low__tests="use crate::high::Thing;\n")
    assert found == {("high", "low")}
    found = imports(tmp_path, low="mod tests;\n")
    assert found == {("high", "low"), ("low", "high")}


def test_a_path_that_climbs_out_of_its_folder_is_an_import(tmp_path: Path) -> None:
    """Catches a missed `super::super` in a nested module, which leads to the root of the crate."""
    found = imports(tmp_path, high__deep="use super::super::low::Thing;\n", high__mod="mod deep;")
    assert found == {("high", "low")}


def test_a_cycle_is_found() -> None:
    """Catches a search that stops at the first pair."""
    for graph, found in (
        ({"a": ["b"], "b": ["c"], "c": []}, []),
        ({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}, [["a", "b", "c"]]),
    ):
        assert cycles(graph, pairs(graph)) == found


def test_comments_and_blank_lines_are_no_code() -> None:
    """Catches a limit on length that makes authors delete comments."""
    text = '//! Words.\n\nfn f() {\n    /* more\n\n words */\n    "a // b\n c"; // why\n}\n'
    assert rust.lines_of_code(text) == 4
