from tests.scenarios.conftest import empty_database

__all__ = ["empty_database"]
