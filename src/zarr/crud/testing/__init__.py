"""Tests for backends: a suite to subclass, strategies, and stores that misbehave.

The author of a backend runs the whole suite on it in a few lines:

```python
from zarr.crud.testing import BackendMachine, BackendSuite

class TestMine(BackendSuite):
    engine = "mine"

class MyMachine(BackendMachine):
    engine = "mine"

TestMyMachine = MyMachine.TestCase
```

This package needs pytest and hypothesis (`pip install pytest hypothesis`); nothing else of zarr
imports it.
"""

try:
    from zarr.crud.testing._batches import BatchedMachine
    from zarr.crud.testing._layout import Layout
    from zarr.crud.testing._machine import BackendMachine
    from zarr.crud.testing._oracle import assert_same, bits, fill_of
    from zarr.crud.testing._selections import Drawn, basic_selections, selections
    from zarr.crud.testing._stores import AsyncOnlyStore, CountingStore, FailingStore, StoreFailure
    from zarr.crud.testing._strategies import layouts, some_values
    from zarr.crud.testing._suite import BackendSuite
except ModuleNotFoundError as err:
    package = (err.name or "").partition(".")[0]
    if package not in ("hypothesis", "pytest"):
        raise
    raise ModuleNotFoundError(
        f"zarr.crud.testing needs the package {package!r}, which is not installed; "
        "run `pip install pytest hypothesis`",
        name=package,
    ) from err

__all__ = [
    "AsyncOnlyStore",
    "BackendMachine",
    "BackendSuite",
    "BatchedMachine",
    "CountingStore",
    "Drawn",
    "FailingStore",
    "Layout",
    "StoreFailure",
    "assert_same",
    "basic_selections",
    "bits",
    "fill_of",
    "layouts",
    "selections",
    "some_values",
]
