"""The hub: receives a trigger, tells everyone who should hear it, and keeps the proof."""

__version__ = "0.1.0"
