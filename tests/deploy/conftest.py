"""One scaled topology for the tests that talk to it: two of each kind, on PostgreSQL and Redis of their own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.cases.databases import postgresql_server  # noqa: F401
from tests.deploy import topology as scaled_service
from tests.deploy.collector import Collector
from tests.deploy.topology import Topology

MESSAGES_A_MINUTE = 40


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Where the topology's traces go."""
    opened = Collector()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def topology(
    postgresql_server: str,  # noqa: F811
    collector: Collector,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Topology]:
    """The running topology."""
    name = f"rientro_scaled_{uuid.uuid4().hex[:12]}"
    folder = tmp_path_factory.mktemp("scaled")
    extra = {
        "RIENTRO_RATE_SESSION": f"{MESSAGES_A_MINUTE}/minute",
        "RIENTRO_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "500",
    }
    try:
        with (
            scaled_service.redis_server(folder) as redis,
            scaled_service.databases(postgresql_server, name, f"{name}_keys") as (main, keys),
        ):
            stores = {"RIENTRO_DATABASE_URL": main, "RIENTRO_KEYS_URL": keys, "RIENTRO_REDIS_URL": redis}
            with scaled_service.running(folder / "dati", stores, extra=extra) as service:
                yield service
    except scaled_service.NoStores as reason:
        pytest.skip(f"{reason}: the scaled topology was not tried")
