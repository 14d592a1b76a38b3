"""Japan: identifier and code systems, rules of Japanese law on data. Pure, as the kernel is."""
