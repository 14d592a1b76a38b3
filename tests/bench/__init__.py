"""Measurements: `make bench` prints them with the machine and versions they hold for."""
