"""One authority for the whole run, which those believe who read the environment."""

from collections.abc import Iterator

import pytest

from tests.contracts.authority import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    made = Authority(tmp_path_factory.mktemp("authority"))
    with pytest.MonkeyPatch.context() as environment:
        # Apprise's HTTP library takes its authorities from here, as an operator with an own one would set it.
        environment.setenv("REQUESTS_CA_BUNDLE", str(made.file))
        yield made
