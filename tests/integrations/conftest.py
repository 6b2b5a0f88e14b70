"""What the tests of the adapters share with those of their contracts."""

from tests.contracts.conftest import made_authority

__all__ = ["made_authority"]
