"""What zarr's metadata objects need to keep a document as it is stored."""
