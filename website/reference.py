"""The pages of the API, made from the public names of each module."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from website.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MODULES: Final = {
    "zarr.crud": "Functions",
    "zarr.zarrs": "The engine zarrs",
    "zarr.crud.backends": "Writing a backend",
    "zarr.crud.testing": "Testing a backend",
}
"""The modules with public names, and the titles of their pages."""


def source_of(module: str) -> str:
    """Return the file of a module in the repository, to which pages link.

    Examples
    --------
    >>> source_of("zarr.crud")
    'src/zarr/crud/__init__.py'
    """
    return f"src/{module.replace('.', '/')}/__init__.py"


def public_names(module: str, root: Path = ROOT) -> list[str]:
    """Return the names in `__all__` of a module, without importing it.

    Examples
    --------
    >>> "read_region" in public_names("zarr.crud")
    True
    """
    path = root / source_of(module)
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    raise ValueError(f"{path} has no __all__")


def places() -> dict[str, str]:
    """Return the pages of the API: by the file of each module, their path in the site."""
    return {source_of(module): f"reference/{module}.md" for module in MODULES}


def reference_pages(root: Path = ROOT) -> dict[str, str]:
    """Return the Markdown of each page of the API, by its path in the site."""
    return {
        places()[source_of(module)]: _page(module, title, public_names(module, root))
        for module, title in MODULES.items()
    }


def _page(module: str, title: str, names: list[str]) -> str:
    options = ("members: []", "show_root_heading: false", "show_root_toc_entry: false")
    lines = [f"# {title}: `{module}`", "", f"::: {module}", "    options:"]
    lines += [*(f"      {option}" for option in options), ""]
    for heading, some in sections(names).items():
        lines += [f"## {heading}", ""]
        for name in some:
            lines += [f"::: {module}.{name}", "    options:", "      heading_level: 3", ""]
    return "\n".join(lines)


def sections(names: list[str]) -> dict[str, list[str]]:
    """Return the names by what they are, for the headings of a page.

    Examples
    --------
    >>> sections(["Box", "DecodeError", "create", "create_async"])
    {'Functions': ['create'], 'Classes': ['Box'], 'Errors': ['DecodeError'],
     'Asynchronous functions': ['create_async']}
    """
    found: dict[str, list[str]] = {
        heading: [] for heading in ("Functions", "Classes", "Errors", "Asynchronous functions")
    }
    for name in names:
        if name.endswith("_async"):
            heading = "Asynchronous functions"
        elif name.endswith("Error"):
            heading = "Errors"
        else:
            heading = "Classes" if name[0].isupper() else "Functions"
        found[heading].append(name)
    return {heading: some for heading, some in found.items() if some}
