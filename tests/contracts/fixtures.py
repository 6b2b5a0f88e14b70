"""One authority for the whole run, which those believe who read the environment."""

import pytest

from tests.contracts.authority import Authority


@pytest.fixture(scope="session")
def made_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def authority(made_authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    # Apprise's libraries take their authorities from here, as an operator with an own one would set it.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made_authority.file))
    monkeypatch.setenv("SSL_CERT_FILE", str(made_authority.file))
    return made_authority
