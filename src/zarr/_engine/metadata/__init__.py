"""Changes to zarr's metadata objects that keep a document as it is stored."""
