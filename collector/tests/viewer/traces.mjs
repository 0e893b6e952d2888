// Traces of a small shop with their log records, as OTLP JSON.

import { randomBytes } from "node:crypto";

const SEVERITIES = { DEBUG: 5, INFO: 9, WARN: 13, ERROR: 17 };
const KINDS = { internal: 1, server: 2, client: 3 };
const hex = (bytes) => randomBytes(bytes).toString("hex");

const value = (v) =>
  typeof v === "boolean" ? { boolValue: v } : Number.isInteger(v) ? { intValue: String(v) }
    : typeof v === "number" ? { doubleValue: v } : { stringValue: String(v) };
const attributes = (of = {}) => Object.entries(of).map(([key, v]) => ({ key, value: value(v) }));

/**
 * One span of a tree: `[service, name, kind, start ms, end ms, { attributes, error, exception, logs, children }]`, a log record
 * being `[ms, severity, message, attributes]`.
 */
export function request(tree, startMillis, traceId = hex(16)) {
  const byService = new Map();
  const records = new Map();
  const at = (ms) => String(BigInt(Math.round(startMillis * 1e3)) * 1000n + BigInt(Math.round(ms * 1e6)));
  const walk = ([service, name, kind, start, end, more = {}], parentSpanId) => {
    const spanId = more.id ?? hex(8);
    const events = (more.events ?? []).map(([ms, event, of]) => ({ timeUnixNano: at(ms), name: event, attributes: attributes(of) }));
    if (more.exception) {
      const [type, message, stacktrace] = more.exception;
      events.push({ timeUnixNano: at(end - 0.2), name: "exception", attributes: attributes({
        "exception.type": type, "exception.message": message, "exception.stacktrace": stacktrace }) });
    }
    const span = { traceId, spanId, name, kind: KINDS[kind], startTimeUnixNano: at(start), endTimeUnixNano: at(end),
      attributes: attributes(more.attributes), events, status: more.error === undefined ? {} : { code: 2, message: more.error } };
    if (more.parent ?? parentSpanId) span.parentSpanId = more.parent ?? parentSpanId;
    if (!byService.has(service)) byService.set(service, []);
    byService.get(service).push(span);
    if (!records.has(service)) records.set(service, []);
    for (const [ms, severityText, message, of] of more.logs ?? []) {
      records.get(service).push({ traceId, spanId, timeUnixNano: at(ms), observedTimeUnixNano: at(ms), severityText,
        severityNumber: SEVERITIES[severityText], body: value(message), attributes: attributes(of) });
    }
    for (const child of more.children ?? []) walk(child, spanId);
  };
  walk(tree);
  const resource = (service) => ({ attributes: attributes({ "service.name": service, "service.version": "1.4.2", "host.name": "dev", "process.pid": 4711 }) });
  const resourceSpans = [...byService].map(([service, spans]) => ({
    resource: resource(service), scopeSpans: [{ scope: { name: "throughline", version: "0.1.0" }, spans }],
  }));
  const resourceLogs = [...records].map(([service, logRecords]) => ({
    resource: resource(service), scopeLogs: [{ scope: { name: `${service}::handlers` }, logRecords }],
  }));
  return { traceId, body: { resourceSpans }, logs: { resourceLogs } };
}

const http = (method, route, status) => ({ "http.request.method": method, "http.route": route, "http.response.status_code": status });
const sql = (text) => ({ "db.system.name": "postgresql", "db.namespace": "shop", "db.query.text": text });
const declined = "card declined: insufficient funds";
const stack = `payments::charge::Declined: ${declined}\n  caused by: bank::Refused: 51 insufficient funds\n  caused by: http status 402`;

export const checkout = ["gateway", "POST /checkout", "server", 0, 184.2, { attributes: { ...http("POST", "/checkout", 502),
  "user.name": "<b>Zoë</b> & <img src=x onerror=document.title='broken'>", "cart.total": 42.5, "cart.gift": true }, error: "payment failed",
  logs: [[0.6, "INFO", "checkout begins <img src=x onerror=document.title='broken'>", { "cart.lines": 3 }], [183.5, "ERROR", "checkout failed"]], children: [
  ["gateway", "authenticate", "internal", 1.1, 9.8, { attributes: { "enduser.id": "u-42" }, events: [[3, "cache miss", { "cache.name": "sessions" }]] }],
  ["gateway", "POST orders", "client", 11.4, 181.0, { attributes: { "server.address": "127.0.0.1", "server.port": 8081 }, error: "502 Bad Gateway", children: [
    ["orders", "POST /orders", "server", 13.0, 179.6, { attributes: http("POST", "/orders", 502), error: "payment failed", children: [
      ["orders", "price basket", "internal", 14.0, 31.5, { attributes: { "basket.lines": 3 }, children: [
        ["orders", "SELECT prices", "client", 15.2, 29.9, { attributes: sql("SELECT sku, price FROM prices WHERE sku = ANY($1)") }]] }],
      ["orders", "reserve", "client", 32.4, 84.0, { children: [
        ["inventory", "POST /reserve", "server", 34.0, 82.8, { attributes: http("POST", "/reserve", 200), children: [
          ["inventory", "SELECT stock", "client", 36.0, 47.5, { attributes: sql("SELECT sku, on_hand FROM stock WHERE sku = $1") }],
          ["inventory", "SELECT stock", "client", 48.4, 58.0, { attributes: sql("SELECT sku, on_hand FROM stock WHERE sku = $1") }],
          ["inventory", "UPDATE stock", "client", 59.2, 81.0, { attributes: sql("UPDATE stock SET on_hand = on_hand - 1 WHERE sku = $1") }]] }]] }],
      ["orders", "charge", "client", 85.5, 176.3, { error: "402 Payment Required", children: [
        ["payments", "POST /charge", "server", 87.1, 174.9, { attributes: http("POST", "/charge", 402), error: declined, children: [
          ["payments", "fraud check", "internal", 88.4, 104.1, { attributes: { "fraud.score": 0.07 } }],
          ["payments", "charge card", "client", 105.6, 172.8, { attributes: { "peer.service": "bank", "card.brand": "visa", "retry": 1 },
            logs: [[108, "DEBUG", "asking the bank"], [139.2, "WARN", "the bank is slow, trying again", { attempt: 2, "backoff.ms": 20 }],
              [172, "ERROR", `the bank refuses: ${declined}`, { "bank.code": 51, "bank.answer": "<b>refused</b>" }]],
            error: declined, exception: ["payments::charge::Declined", declined, stack] }]] }]] }]] }]] }],
  ["gateway", "render error page", "internal", 181.6, 183.9]] }];

const products = (n) => ["gateway", "GET /products", "server", 0, 22 + n * 3.1, { attributes: http("GET", "/products", 200), children: [
  ["gateway", "GET inventory", "client", 1, 20 + n * 3.1, { children: [
    ["inventory", "GET /stock", "server", 2, 19 + n * 3.1, { children: Array.from({ length: n }, (_, k) =>
      ["inventory", "SELECT stock", "client", 3 + k * 3.1, 5.4 + k * 3.1, { attributes: sql("SELECT on_hand FROM stock WHERE sku = $1") }]) }]] }]] }];

const health = ["payments", "GET /health", "server", 0, 0.42, { attributes: http("GET", "/health", 200) }];
const order = ["gateway", "GET /orders/{id}", "server", 0, 41, { attributes: http("GET", "/orders/{id}", 200), children: [
  ["gateway", "GET orders", "client", 1.2, 39, { children: [
    ["orders", "GET /orders/{id}", "server", 3, 37, { children: [
      ["orders", "SELECT orders", "client", 5, 17, { attributes: sql("SELECT * FROM orders WHERE id = $1") }],
      ["orders", "SELECT lines", "client", 18, 34, { attributes: sql("SELECT * FROM lines WHERE order_id = $1") }]] }]] }]] }];
/** A span that waits for a parent which never comes. */
const orphan = ["worker", "send receipt", "internal", 0, 310, { parent: "00000000deadbeef", children: [
  ["worker", "render mail", "internal", 12, 96], ["worker", "SMTP DATA", "client", 101, 305, { error: "421 try again later" }]] }];

/** Traces for the list, newest last. */
export const background = [products(9), order, health, orphan, products(24), order, health, products(4), order];

/** A trace of `count` spans, three children each. */
export function large(count, startMillis) {
  const traceId = hex(16);
  const id = (n) => (n + 1).toString(16).padStart(16, "0");
  const services = ["gateway", "orders", "inventory", "payments"];
  const at = (ms) => String(BigInt(startMillis) * 1000000n + BigInt(Math.round(ms * 1e6)));
  const spans = services.map(() => []);
  for (let n = 0; n < count; n++) {
    const depth = Math.floor(Math.log(2 * n + 1) / Math.log(3));
    spans[n % 4].push({ traceId, spanId: id(n), ...(n > 0 && { parentSpanId: id(Math.floor((n - 1) / 3)) }), name: `step ${depth}`,
      kind: 1, startTimeUnixNano: at(depth * 5 + (n % 50)), endTimeUnixNano: at(400 - depth * 12 + (n % 50)) });
  }
  const resourceSpans = services.map((service, k) => ({
    resource: { attributes: attributes({ "service.name": service }) }, scopeSpans: [{ spans: spans[k] }] }));
  return { traceId, body: { resourceSpans } };
}
