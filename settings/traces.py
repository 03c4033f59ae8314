"""Traces of requests through the processes (OpenTelemetry), off unless ``RIENTRO_OTLP_ENDPOINT`` is set.

What leaves is on an allow-list: names of routes, methods, statuses, times. Addresses, identifiers, texts, parameters of
statements and messages of exceptions never do, whatever an instrumentation collects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from settings.config import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter
    from sqlalchemy import Engine

ALLOWED = frozenset(
    """http.method http.request.method http.route http.status_code http.response.status_code http.scheme url.scheme
    http.flavor network.protocol.version db.system db.system.name db.operation db.operation.name error.type
    exception.type""".split()
)
_QUIET = "health/live,health/ready,health,metrics,events,static/.*"


def start(process: str, settings: Settings) -> None:
    """Send this process's spans to the collector of the settings; does nothing without one.

    :param process: name of the process, as in its logs.
    """
    if not settings.otlp_endpoint:
        return
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource({"service.name": f"rientro-{process}"}))
    exporter = OTLPSpanExporter(endpoint=settings.otlp_endpoint.rstrip("/") + "/v1/traces", timeout=5)
    provider.add_span_processor(BatchSpanProcessor(discreet(exporter)))
    trace.set_tracer_provider(provider)
    AioHttpClientInstrumentor().instrument()


def watch_requests(settings: Settings, app: FastAPI) -> None:
    """A span for each request that ``app`` answers, health checks and event streams apart."""
    if settings.otlp_endpoint:
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

        FastAPIInstrumentor.instrument_app(app, excluded_urls=_QUIET, exclude_spans=["receive", "send"])


def watch_database(settings: Settings, engine: Engine) -> None:
    """A span for each statement of ``engine``, named by its kind."""
    if settings.otlp_endpoint:
        from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor

        # It only listens to the public events of the engine; its declared range of versions lags behind.
        SQLAlchemyInstrumentor().instrument(engine=engine, skip_dep_check=True)


def discreet(exporter: SpanExporter) -> SpanExporter:
    """An exporter that hands on to ``exporter`` only what is on the allow-list."""
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class Discreet(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            return exporter.export([_cleaned(span) for span in spans])

        def shutdown(self) -> None:
            exporter.shutdown()

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return exporter.force_flush(timeout_millis)

    return Discreet()


def _cleaned(span: ReadableSpan) -> ReadableSpan:
    from opentelemetry.sdk.trace import Event, ReadableSpan
    from opentelemetry.trace import Status

    kept = _kept(span.attributes)
    events = [Event(event.name, _kept(event.attributes), event.timestamp) for event in span.events]
    return ReadableSpan(
        name=_name(span, kept),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=kept,
        events=events,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _kept(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (attributes or {}).items() if key in ALLOWED}


def _name(span: ReadableSpan, kept: Mapping[str, Any]) -> str:
    """Method and route, or the kind of statement: an instrumentation may put an address into a name."""
    method = kept.get("http.request.method") or kept.get("http.method")
    if method:
        return f"{method} {kept['http.route']}" if kept.get("http.route") else str(method)
    return span.name.split(" ")[0]
