"""Long work on a town's records: files in, files out."""
