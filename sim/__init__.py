"""Quartiers: an agent-based simulation of regional innovation ecosystems."""

__version__ = "0.1.0"
