"""A service with OpenTelemetry's SDK, all by its variables `OTEL_*`. Asks the next one by gRPC."""

import json

import grpc
import service
from opentelemetry import baggage, context, propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

CHECK = "grpc.health.v1.Health/Check"
# The message HealthCheckRequest: field 1, a text.
ABOUT_NODE = b"\x0a\x04node"

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
tracer = trace.get_tracer("chain")
check = grpc.insecure_channel(service.NEXT).unary_unary("/" + CHECK)


def handle(headers, _url):
    parent = propagate.extract(headers)
    token = context.attach(parent)
    try:
        with tracer.start_as_current_span("GET /", kind=trace.SpanKind.SERVER) as span:
            return [sight(headers, span, parent)] + ask(headers)
    finally:
        context.detach(token)


def ask(headers):
    with tracer.start_as_current_span(CHECK, kind=trace.SpanKind.CLIENT):
        outgoing = {}
        propagate.inject(outgoing)
        # A header that no propagator knows goes on by the hands of the program.
        outgoing.update((name, headers[name]) for name in ["x-correlation-id"] if name in headers)
        _, call = check.with_call(ABOUT_NODE, timeout=30, metadata=tuple(outgoing.items()))
        told = dict(call.initial_metadata())
    sights = json.loads(told["sights-bin"])
    sights[0]["told"] = told["x-correlation-id"]
    return sights


def sight(headers, span, parent):
    ours = span.get_span_context()
    return {
        "service": service.NAME,
        "trace_id": f"{ours.trace_id:032x}",
        "span_id": f"{ours.span_id:016x}",
        "parent_id": f"{trace.get_current_span(parent).get_span_context().span_id:016x}",
        "sampled": ours.trace_flags.sampled,
        "baggage": dict(baggage.get_all()),
        "received": service.received(headers),
    }


service.serve(handle)
provider.shutdown()
