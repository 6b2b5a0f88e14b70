"""The real hub against its own openapi.json: whatever fits the document, or breaks it, is answered as documented."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.web.served import Served

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.parametrize("mode", GenerationMode)
async def test_every_answer_is_as_published(served: Served, mode: GenerationMode) -> None:
    async with served.http() as http:
        document = (await http.get("/openapi.json")).json()
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=served.hub.url)
    bearer = {"Authorization": f"Bearer {served.tokens['telefon-leif']}"}
    tried = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not operation.body:
            continue  # a path or a query of text cannot be of a wrong type
        cases = operation.as_strategy(generation_mode=mode)

        @seed(1)
        @settings(
            max_examples=10,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases)
        def answers(case: Case[Any]) -> None:
            nonlocal tried
            tried += 1
            case.call_and_validate(headers=bearer, checks=CHECKS)

        answers()
    assert tried > 200
