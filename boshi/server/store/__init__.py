"""MongoDB: the embedded server, documents, indexes, reading and writing."""
