"""The authority that stand-ins with TLS have their certificates from."""

from tests.contracts.fixtures import authority, made_authority

__all__ = ["authority", "made_authority"]
