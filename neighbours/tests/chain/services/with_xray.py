"""A service with AWS X-Ray's SDK, by the functions that its own middlewares are made of."""

import service
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.sampling.local.sampler import LocalSampler
from aws_xray_sdk.ext.util import calculate_sampling_decision, construct_xray_header, inject_trace_header

# A trace that begins here is sampled, unless it begins at /drop.
RULES = {
    "version": 2,
    "rules": [{"host": "*", "http_method": "*", "url_path": "/drop", "fixed_target": 0, "rate": 0}],
    "default": {"fixed_target": 0, "rate": 1},
}

xray_recorder.configure(service=service.NAME, sampler=LocalSampler(RULES))


def handle(headers, url):
    header = construct_xray_header({"X-Amzn-Trace-Id": headers.get("x-amzn-trace-id")})
    sampled = calculate_sampling_decision(header, xray_recorder, {"path": url.path})
    segment = xray_recorder.begin_segment(service.NAME, header.root, header.parent, sampled)
    segment.save_origin_trace_header(header)
    try:
        subsegment = xray_recorder.begin_subsegment("next", namespace="remote")
        outgoing = {}
        inject_trace_header(outgoing, subsegment)
        behind = service.ask(outgoing)
        xray_recorder.end_subsegment()
        return [sight(headers, segment, subsegment)] + behind
    finally:
        xray_recorder.end_segment()


def sight(headers, segment, subsegment):
    return {
        "service": service.NAME,
        # 1-8digits-24digits
        "trace_id": segment.trace_id[2:].replace("-", ""),
        "span_id": segment.id,
        "parent_id": segment.parent_id or "0" * 16,
        "client_id": subsegment.id,
        "sampled": bool(segment.sampled),
        "received": service.received(headers),
    }


service.serve(handle)
