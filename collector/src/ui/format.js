// Durations, times and counts for people.

const UNITS = [[1e3, "ns", 1], [999.5e3, "µs", 1e3], [999.5e6, "ms", 1e6], [59.95e9, "s", 1e9]];

/** A duration in nanoseconds to three digits: 950 ns, 1.23 ms, 45.6 s, 2 min 05 s. */
export function duration(nanos) {
  for (const [below, unit, size] of UNITS) {
    if (Math.abs(nanos) < below) return `${digits(nanos / size, unit)} ${unit}`;
  }
  const seconds = Math.round(nanos / 1e9);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  return `${Math.round(minutes / 1440)} d`;
}

function digits(number, unit) {
  const size = Math.abs(number);
  if (unit === "ns") return String(Math.round(number));
  return number.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

function pad(number) {
  return String(number).padStart(2, "0");
}

/** How long after the start of the trace, or before it; `null` is a time that nobody knows. */
export function offset(nanos) {
  if (nanos === null) return "no time";
  return `${nanos < 0 ? "−" : "+"}${duration(Math.abs(nanos))}`;
}

/** A tick of a ruler: like a duration, but without needless zeros. */
export function tick(nanos) {
  const text = duration(nanos);
  return nanos === 0 ? "0" : text.replace(/(\.\d*?)0+ /, "$1 ").replace(". ", " ");
}

/** How long ago, coarsely. */
export function age(nanos) {
  const seconds = Math.max(0, Math.round(nanos / 1e9));
  if (seconds < 2) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
}

/** A time of day with its date, from nanoseconds since the epoch as text. */
export function time(unixNanos) {
  if (unixNanos === "0") return "unknown";
  const micros = BigInt(unixNanos) / 1000n;
  const date = new Date(Number(micros / 1000n));
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  const clock = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return `${day} ${clock}.${String(micros % 1000000n).padStart(6, "0")}`;
}

/** A count with its noun: 1 span, 2 spans. */
export function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
