"""Writes python.jsonl: what the composable samplers of OpenTelemetry's Python SDK decide.

    python3 -m venv v && v/bin/pip install opentelemetry-sdk==1.45.2 && v/bin/python python.py > python.jsonl
"""

import json
import random

from opentelemetry.sdk.trace._sampling_experimental import (
    composable_parent_threshold,
    composable_traceid_ratio_based,
    composite_sampler,
)
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, TraceState, set_span_in_context

RATIOS = [1.0, 0.75, 0.5, 1 / 3, 0.25, 0.2, 0.1, 3 / 16, 1 / 16, 0.01, 1 / 256, 0.001, 1 / 4096, 1e-4, 0.0]
MASK = (1 << 56) - 1
chance = random.Random(20261128)


def state_of(text):
    return TraceState.from_header([text]) if text else TraceState()


def vector(kind, ratio, trace_id, state="", flags=None):
    ratio_based = composable_traceid_ratio_based(ratio)
    sampler = composite_sampler(composable_parent_threshold(ratio_based) if kind == "parent" else ratio_based)
    context = None
    if flags is not None:
        parent = SpanContext(trace_id, 0xB7AD6B7169203331, True, TraceFlags(flags), state_of(state))
        context = set_span_in_context(NonRecordingSpan(parent))
    result = sampler.should_sample(context, trace_id, "span", trace_state=state_of(state))
    print(json.dumps({
        "kind": kind, "ratio": ratio, "trace_id": f"{trace_id:032x}", "state": state, "flags": flags,
        "sampled": result.decision.is_sampled(),
        "after": result.trace_state.to_header() if result.trace_state else "",
    }))


def trace_id(randomness=None):
    number = chance.getrandbits(128)
    return number if randomness is None else (number & ~MASK) | randomness


for ratio in RATIOS:
    threshold = (1 << 56) - round(ratio * (1 << 56))
    for _ in range(30):
        vector("ratio", ratio, trace_id())
    # Near the threshold, but further from it than four digits tell apart.
    for off in (2**45, 2**50):
        for near in (threshold - off, threshold + off):
            if 0 <= near <= MASK:
                vector("ratio", ratio, trace_id(near))
    for randomness in (0, 1, MASK - 1, MASK, *(chance.getrandbits(56) for _ in range(5))):
        state = f"ot=rv:{randomness:014x},vendor=1"
        vector("ratio", ratio, trace_id(), state, chance.getrandbits(1))
    for digits in ("0", "8", "c", "e666", "ffff58", "fd70a3d70a3d71"):
        randomness = chance.getrandbits(56)
        sampled = randomness >= int(digits.ljust(14, "0"), 16)
        # As a participant before us has left it: its flag agrees with its threshold.
        vector("parent", ratio, trace_id(randomness), f"ot=th:{digits}", int(sampled))
        vector("parent", ratio, trace_id(), f"ot=th:{digits};rv:{randomness:014x}", int(sampled))
    vector("parent", ratio, trace_id())
