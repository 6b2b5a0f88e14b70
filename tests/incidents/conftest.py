"""The same houses as in the scenarios: a real hub, a real database, and a clock that only the test moves."""

from hypothesis import settings

from tests.alarms.profiles import TEN_THOUSAND
from tests.scenarios.conftest import begin, empty_database

__all__ = ["begin", "empty_database"]

settings.register_profile(TEN_THOUSAND, settings.get_profile("house"), max_examples=10_000)
