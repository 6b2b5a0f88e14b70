"""The hub's ways to the world outside: one folder per outside system, each filling a port of `hub.ports`."""
