"""The documentation site: which files are its pages, and what is changed in them."""
