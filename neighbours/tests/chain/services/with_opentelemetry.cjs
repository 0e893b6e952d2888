// A service with OpenTelemetry's SDK for Node. Asks the next one by HTTP.
//
// It answers with a list of sights: what it saw of the request, then what those behind it saw.

const http = require('node:http');
const { SpanKind, context, propagation, trace } = require('@opentelemetry/api');
const core = require('@opentelemetry/core');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-proto');
const { B3InjectEncoding, B3Propagator } = require('@opentelemetry/propagator-b3');
const { JaegerPropagator } = require('@opentelemetry/propagator-jaeger');
const { detectResources, envDetector } = require('@opentelemetry/resources');
const { BatchSpanProcessor, NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');

const { NEXT_URL, OTEL_PROPAGATORS, OTEL_SERVICE_NAME } = process.env;

const PROPAGATORS = {
  tracecontext: () => new core.W3CTraceContextPropagator(),
  baggage: () => new core.W3CBaggagePropagator(),
  b3: () => new B3Propagator({ injectEncoding: B3InjectEncoding.SINGLE_HEADER }),
  b3multi: () => new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
  jaeger: () => new JaegerPropagator(),
};

const provider = new NodeTracerProvider({
  resource: detectResources({ detectors: [envDetector] }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
const propagators = OTEL_PROPAGATORS.split(',').map((name) => PROPAGATORS[name]());
provider.register({ propagator: new core.CompositePropagator({ propagators }) });
const tracer = trace.getTracer('chain');

/** The headers that carry context, in any format. */
const CONTEXT = /^(traceparent|tracestate|baggage|b3|x-b3-.*|uber-trace-id|uberctx-.*|x-correlation-id)$/;

async function handle(headers) {
  const parent = propagation.extract(context.active(), headers);
  const span = tracer.startSpan('GET /', { kind: SpanKind.SERVER }, parent);
  try {
    return await context.with(trace.setSpan(parent, span), async () => [
      sight(headers, span, parent),
      ...(await ask(headers)),
    ]);
  } finally {
    span.end();
  }
}

async function ask(headers) {
  const span = tracer.startSpan('GET', { kind: SpanKind.CLIENT });
  try {
    const outgoing = {};
    propagation.inject(trace.setSpan(context.active(), span), outgoing);
    // A header that no propagator knows goes on by the hands of the program.
    if (headers['x-correlation-id']) outgoing['x-correlation-id'] = headers['x-correlation-id'];
    const answer = await fetch(NEXT_URL, { headers: outgoing });
    if (!answer.ok) throw new Error(`${NEXT_URL} answers ${answer.status}: ${await answer.text()}`);
    const sights = await answer.json();
    sights[0].told = answer.headers.get('x-correlation-id');
    return sights;
  } finally {
    span.end();
  }
}

function sight(headers, span, parent) {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const entries = propagation.getBaggage(parent)?.getAllEntries() ?? [];
  return {
    service: OTEL_SERVICE_NAME,
    trace_id: traceId,
    span_id: spanId,
    parent_id: trace.getSpanContext(parent)?.spanId,
    sampled: (traceFlags & 1) === 1,
    baggage: Object.fromEntries(entries.map(([name, entry]) => [name, entry.value])),
    received: Object.fromEntries(Object.entries(headers).filter(([name]) => CONTEXT.test(name))),
  };
}

const server = http.createServer((request, response) => {
  handle(request.headers).then(
    (sights) => response.end(JSON.stringify(sights)),
    (error) => response.writeHead(500).end(`${OTEL_SERVICE_NAME}: ${error.stack}`),
  );
});
server.listen(0, '127.0.0.1', () => console.log(`listening 127.0.0.1:${server.address().port}`));

// Also closed when the test is killed.
process.stdin.resume().on('end', async () => {
  server.close();
  await provider.shutdown();
  process.exit(0);
});
