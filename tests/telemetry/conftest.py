"""The numbers and traces are told in the houses of the scenarios."""

from tests.scenarios.conftest import begin, empty_database

__all__ = ["begin", "empty_database"]
