"""The numbers that the files ask for are those of a hub with its whole house."""

from tests.scenarios.conftest import begin, empty_database

__all__ = ["begin", "empty_database"]
