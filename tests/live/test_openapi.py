"""The endpoint against its own OpenAPI document, over real HTTP."""

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.factories import admit, issue_key

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = 150


@pytest.mark.parametrize(
    ("path", "method"), [("/api/v1/readings", "POST"), ("/api/v1/device", "GET")]
)
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
def test_generated_requests_get_documented_answers(own_site, path, method, mode):
    own_site.environment = {
        "DEVICE_POSTS_PER_SECOND": "100000",
        "DEVICE_READINGS_PER_SECOND": "1000000",
    }
    own_site.start()
    key = issue_key(admit().device_assignments.get().device)
    document = httpx.get(f"{own_site.url}/api/openapi.json", trust_env=False).json()
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=own_site.url)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def attack(data):
        case = data.draw(schema[path][method].as_strategy(generation_mode=mode))
        case.call_and_validate(
            headers={"Authorization": f"Bearer {key}"},
            checks=[
                not_a_server_error,
                status_code_conformance,
                content_type_conformance,
                response_schema_conformance,
            ],
        )

    attack()
