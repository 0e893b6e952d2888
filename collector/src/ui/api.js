// The collector's own API.

async function get(path, signal) {
  const answer = await fetch(`/api/throughline/${path}`, { signal });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`the collector answers ${answer.status}`);
  return answer.json();
}

/** The newest traces, of one service or of all. */
export function traces(service, limit) {
  const query = new URLSearchParams({ limit });
  if (service) query.set("service", service);
  return get(`traces?${query}`);
}

/** The names of all services. */
export async function services() {
  return (await get("services")).services;
}

/** What the store holds. */
export function stats() {
  return get("stats");
}

/** A trace as rows in preorder; null if it is not there. */
export function trace(id, signal) {
  return get(`traces/${encodeURIComponent(id)}`, signal);
}

/** Log records of a trace in the order of time, from number `from` on. */
export function logs(id, from) {
  return get(`traces/${encodeURIComponent(id)}/logs?from=${from}`);
}

/** All that is known of a span; `n` tells spans of one id apart. */
export function span(traceId, spanId, n) {
  return get(`traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}?n=${n}`);
}
