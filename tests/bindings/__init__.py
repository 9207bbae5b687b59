"""What the tests of the extension share; they lie beside its crate."""
