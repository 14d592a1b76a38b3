"""Bundles: read as batches and transactions, linked together, and written by joining stored bytes."""
