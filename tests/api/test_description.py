"""The description of the API is true: everything answers as it says, whatever is sent. Seed and budget are fixed."""

import contextvars
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from tests.api.conftest import token_for
from tests.people import World
from wcc.api.describe import ENDPOINTS, description

EXAMPLES = 25  # of each route
REFUSED = ["2xx", "401", "403", "404", "409", "422"]  # what a request that fits the description may meet
CONFIG = {"seed": 1, "checks": {"positive_data_acceptance": {"expected-statuses": REFUSED}}}


@pytest.fixture
def described(app: Flask, world: World) -> Any:
    """The description as schemathesis reads it, with the things that its examples name."""
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], api_requests="100000 per minute", api_refusals="100000 per minute")
    word = token_for(app, world, "olga")

    def add(path: str, body: dict[str, Any]) -> None:
        assert app.test_client().post(f"/api/v1/{path}", json=body, headers={"Authorization": f"Bearer {word}"}).status_code in (201, 202)

    add("charge-points", {"identity": "NEXT-WS104645"})
    add("tags", {"tag": "04A2B3C4D5E680"})
    add("charge-points/NEXT-WS104645/operations", {"kind": "Reset", "payload": {"type": "Soft"}})
    app.config["TEST_TOKEN"] = word
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=SchemathesisConfig.from_dict(CONFIG))


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_as_described(described: Any, app: Flask, mode: GenerationMode) -> None:
    headers = {"Authorization": f"Bearer {app.config['TEST_TOKEN']}"}
    tried = 0

    def check(case: Any) -> None:
        nonlocal tried
        tried += 1
        if isinstance(case.body, dict) and type(case.body.get("wait_s")) in (int, float) and 0 <= case.body["wait_s"] <= 60:
            case.body["wait_s"] = 0  # nobody answers here
        contextvars.Context().run(case.call_and_validate, headers=headers)

    limits = settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    operations = [found.ok() for found in described.get_all_operations()]
    assert {each.definition.raw["operationId"] for each in operations} == {each.name for each in ENDPOINTS}
    for operation in operations:
        limits(given(case=operation.as_strategy(generation_mode=mode))(check))()
    assert tried > EXAMPLES


def test_everything_is_described_with_words(app: Flask) -> None:
    told = description()
    assert told["openapi"] == "3.1.0"
    for each in ENDPOINTS:
        operation = told["paths"][each.path][each.method.lower()]
        assert operation["summary"] and all(parameter["description"] for parameter in operation["parameters"])
        assert operation["security"] == [{"token": [each.scope]}]
        assert {"400", "401", "403", "429", "500", "503"} <= set(operation["responses"])
    assert all(schema.get("description") for schema in told["components"]["schemas"].values())


def test_the_readable_page_tells_of_every_route_object_and_problem(app: Flask) -> None:
    page = app.test_client().get("/api/v1/docs")
    told = description()
    for each in ENDPOINTS:
        assert f"{each.method} /api/v1{each.path}" in page.text
    for name in told["components"]["schemas"]:
        assert f'id="schema-{name}"' in page.text
    assert 'id="problem-not-found"' in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "<script>" not in page.text and "style=" not in page.text
