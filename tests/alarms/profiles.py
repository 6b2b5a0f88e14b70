"""How many rounds the alarm's life is played: a few hundred by default, ten thousand where that is asked for."""

import pytest
from hypothesis import settings

TEN_THOUSAND = "ten-thousand"


def rounds(quick: int, steps: int) -> settings:
    """The settings of a state machine that by default plays `quick` rounds."""
    many = settings.get_current_profile_name() == TEN_THOUSAND
    return settings(max_examples=10_000 if many else quick, stateful_step_count=steps)


def patience() -> pytest.MarkDecorator:
    """Ten thousand rounds take as long as they take."""
    return pytest.mark.timeout(0 if settings.get_current_profile_name() == TEN_THOUSAND else 300)
