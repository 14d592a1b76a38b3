"""What the server claims, generated from what it routes and indexes."""
