"""Search (R4 §3.1.1): from a resource to index entries, from a query string to criteria."""
