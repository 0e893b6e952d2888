"""A service with Datadog's library. Its spans are not sent: there is no agent here."""

import urllib.parse

import service
from ddtrace.propagation.http import HTTPPropagator
from ddtrace.trace import TraceFilter, tracer


class Nowhere(TraceFilter):
    def process_trace(self, trace):
        return None


tracer.configure(trace_processors=[Nowhere()])


def handle(headers, url):
    parent = HTTPPropagator.extract(headers)
    tracer.context_provider.activate(parent if parent.trace_id else None)
    with tracer.trace("web.request") as span:
        # Such as `/?manual.keep`: what a program says of a trace that it begins.
        for tag in urllib.parse.parse_qs(url.query, keep_blank_values=True):
            span.set_tag(tag)
        with tracer.trace("http.client") as client:
            outgoing = {}
            HTTPPropagator.inject(client.context, outgoing)
            behind = service.ask(outgoing)
        return [sight(headers, span, client)] + behind


def sight(headers, span, client):
    return {
        "service": service.NAME,
        "trace_id": f"{span.trace_id:032x}",
        "span_id": f"{span.span_id:016x}",
        "parent_id": f"{span.parent_id or 0:016x}",
        "client_id": f"{client.span_id:016x}",
        "sampled": span.context.sampling_priority > 0,
        "priority": span.context.sampling_priority,
        "received": service.received(headers),
    }


service.serve(handle)
