"""The server: HTTP, the store, transfer between towns, jobs."""
