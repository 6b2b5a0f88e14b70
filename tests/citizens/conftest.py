"""The same houses as in the scenarios: a real hub, a real database, and a clock that only the test moves."""

from tests.scenarios.conftest import begin, empty_database

__all__ = ["begin", "empty_database"]
