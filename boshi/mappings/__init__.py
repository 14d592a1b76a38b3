"""Legacy municipal formats: layouts as YAML, and one engine that reads and writes them."""
