"""What functions on whole archives share: indices of shards, hierarchies, kinds of keys."""
