"""What the tests of the adapters share with those of their contracts."""

from tests.contracts.fixtures import authority, made_authority

__all__ = ["authority", "made_authority"]
