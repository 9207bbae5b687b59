"""What codec pipelines over a backend share: requests for parts of chunks, and single chunks."""
