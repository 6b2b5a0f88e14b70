"""The long run: `pytest tests/alarms --hypothesis-profile=ten-thousand`."""

from hypothesis import settings

from tests.alarms.profiles import TEN_THOUSAND

settings.register_profile(TEN_THOUSAND, settings.get_profile("house"), max_examples=10_000)
