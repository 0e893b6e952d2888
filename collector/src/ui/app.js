// The page: which trace and which span are open stands in the address; everything else follows from it.

import * as api from "./api.js";
import { a, h } from "./dom.js";
import { count } from "./format.js";
import { showLogs } from "./logs.js";
import { showSpan } from "./panel.js";
import { TraceList } from "./traces.js";
import { Waterfall } from "./waterfall.js";

const REFRESH_MILLIS = 2000;
const LIST_LIMIT = 100;

const element = (id) => document.getElementById(id);
const panel = element("panel");
const list = new TraceList(element("traces"), (id) => go({ trace: id }));
const waterfall = new Waterfall(element("trace"), (span) => go({ ...place(), span: span.spanId, n: span.n }),
  (span) => panel.hidden || go({ ...place(), span: span.spanId, n: span.n }, true), openLogsOfTrace);
const hint = "Pick a trace on the left.";

let shown = { trace: null, span: null, n: 0, logs: false };
/** How much of the open trace is shown. */
let have = { spans: 0, logs: 0 };
let live = true;
let loading = null;
let lastList = "";

// === the address ===

/** What the address says: `#/trace/ID?span=ID&n=1&service=NAME`, or `logs=1` in place of a span. */
function place() {
  const [path, query] = location.hash.replace(/^#/, "").split("?");
  const parameters = new URLSearchParams(query ?? "");
  const trace = /^\/trace\/([0-9a-fA-F]{1,32})$/.exec(path)?.[1] ?? null;
  return { trace, span: parameters.get("span"), n: Number(parameters.get("n") ?? 0),
    logs: parameters.has("logs"), service: parameters.get("service") ?? "" };
}

/** Goes there; `replace` leaves no step in the history, so that moving row by row does not flood it. */
function go({ trace, span, n, logs, service = place().service }, replace = false) {
  const parameters = new URLSearchParams();
  if (span) parameters.set("span", span);
  if (span && n) parameters.set("n", n);
  if (logs && !span) parameters.set("logs", "1");
  if (service) parameters.set("service", service);
  const query = parameters.size > 0 ? `?${parameters}` : "";
  const hash = `#${trace ? `/trace/${trace}` : "/"}${query}`;
  if (hash === location.hash) return;
  if (replace) history.replaceState(null, "", hash);
  else history.pushState(null, "", hash);
  arrive();
}

async function arrive() {
  const { trace, service } = place();
  const select = element("service");
  if (select.value !== service) {
    if (![...select.options].some((option) => option.value === service)) select.append(new Option(service, service));
    select.value = service;
    refreshList();
  }
  if (trace !== shown.trace) await openTrace(trace);
  if (place().trace === trace) await openPanel();
}

async function openPanel() {
  const { span, n, logs } = place();
  await (logs ? openLogs() : openSpan(span, n));
}

// === what is shown ===

async function openTrace(id) {
  loading?.abort();
  loading = new AbortController();
  shown = { trace: id, span: null, n: 0, logs: false };
  list.select(id);
  document.body.classList.toggle("open", id !== null);
  if (id === null) {
    document.title = "throughline";
    return waterfall.message(h("p", "", hint));
  }
  await loadTrace(id, loading.signal);
}

async function loadTrace(id, signal) {
  try {
    const data = await api.trace(id, signal);
    if (shown.trace !== id) return;
    have = { spans: data?.rows.length ?? 0, logs: data?.logCount ?? 0 };
    if (data === null) {
      return waterfall.message(h("h2", "", "No such trace"), h("p", "", "It has not arrived, or it had to make room for younger ones."), h("code", "", id));
    }
    if (data.rows.length === 0) return showNoSpans(data);
    waterfall.show(data);
    document.title = `${data.operations[data.rows[0][4]]} · throughline`;
  } catch (error) {
    if (error.name !== "AbortError") waterfall.message(h("h2", "", "The trace cannot be shown"), h("p", "", error.message));
  }
}

/** Log records may arrive before the spans of their trace, or without. */
function showNoSpans({ traceId, logCount }) {
  document.title = "throughline";
  const button = a("button", "to", { type: "button" }, count(logCount, "log record"));
  button.addEventListener("click", openLogsOfTrace);
  waterfall.message(h("h2", "", "No span of this trace has arrived"), h("p", "", "It has ", button, " so far."), h("code", "", traceId));
}

function openLogsOfTrace() {
  go({ ...place(), span: null, logs: true });
}

async function openLogs() {
  if (shown.logs) return;
  Object.assign(shown, { span: null, logs: true });
  const { trace } = shown;
  const answer = await api.logs(trace, 0).catch(() => null);
  if (shown.trace !== trace || !shown.logs) return;
  if (answer) {
    showLogs(panel, answer, {
      open: (row) => go({ ...place(), span: row.spanId, n: row.n }),
      more: (from) => api.logs(trace, from),
      close: () => go({ ...place(), logs: false }),
    });
  }
  panel.hidden = answer === null;
}

async function openSpan(id, n) {
  shown.logs = false;
  if (!id || !waterfall.data) {
    shown.span = null;
    panel.hidden = true;
    return;
  }
  const { trace } = shown;
  const held = waterfall.selected();
  if (held?.spanId !== id || held.n !== n) waterfall.pick(id, n);
  if (shown.span === id && shown.n === n) return;
  Object.assign(shown, { span: id, n });
  const details = await api.span(trace, id, n).catch(() => null);
  if (shown.trace !== trace || shown.span !== id || shown.n !== n) return;
  if (details) showSpan(panel, details, () => go({ ...place(), span: null }));
  panel.hidden = details === null;
}

async function refreshList() {
  const service = element("service").value;
  try {
    const answer = await api.traces(service, LIST_LIMIT);
    if (element("service").value !== service) return;
    element("counts").textContent = count(answer.total, "trace") + (answer.evicted ? `, ${answer.evicted.toLocaleString("en")} older ones left` : "");
    if (answer.traces.length === 0) await showNoTraces(service);
    else list.show(answer);
    list.select(shown.trace);
    const open = answer.traces.find((trace) => trace.traceId === shown.trace);
    if (open && (open.spanCount !== have.spans || open.logCount !== have.logs)) await joinTrace();
    const names = JSON.stringify(answer.traces.map((trace) => trace.services.map(({ name }) => name)));
    if (names !== lastList) await refreshServices();
    lastList = names;
    element("live").classList.remove("lost");
  } catch {
    element("live").classList.add("lost");
  }
}

/** Spans and log records that arrive late join the open trace, and what the panel shows of it. */
async function joinTrace() {
  await loadTrace(shown.trace);
  const { scrollTop } = panel;
  Object.assign(shown, { span: null, logs: false });
  await openPanel();
  panel.scrollTop = scrollTop;
}

async function showNoTraces(service) {
  if (service) return list.empty(h("p", "", `No traces of ${service}.`));
  const { otlpHttp } = await api.stats();
  const how = otlpHttp ? [h("p", "", "Send OTLP to this collector:"), h("code", "", `OTEL_EXPORTER_OTLP_ENDPOINT=${otlpHttp}`)] : [];
  list.empty(h("h2", "", "No traces yet"), ...how);
}

async function refreshServices() {
  const select = element("service");
  const wanted = select.value;
  const names = await api.services();
  if (wanted && !names.includes(wanted)) names.push(wanted);
  select.replaceChildren(new Option("all services", ""), ...names.map((name) => new Option(name, name)));
  select.value = wanted;
}

// === input ===

/** What each key does with a trace open, and with the list only. */
const KEYS = {
  j: [() => waterfall.move(1), () => list.move(1)],
  k: [() => waterfall.move(-1), () => list.move(-1)],
  ArrowDown: [() => waterfall.move(1), () => list.move(1)],
  ArrowUp: [() => waterfall.move(-1), () => list.move(-1)],
  PageDown: [() => waterfall.move(20), () => list.move(10)],
  PageUp: [() => waterfall.move(-20), () => list.move(-10)],
  Home: [() => waterfall.move(-Infinity), () => list.move(-Infinity)],
  End: [() => waterfall.move(Infinity), () => list.move(Infinity)],
  ArrowLeft: [() => waterfall.left(), () => {}],
  ArrowRight: [() => waterfall.right(), () => {}],
  Enter: [() => waterfall.enter(), () => list.enter()],
  Escape: [leave, () => panel.hidden || leave()],
};

/** Closes the panel, else the trace. */
function leave() {
  go(panel.hidden ? { trace: null } : { ...place(), span: null, logs: false });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select, input")) return;
  const actions = KEYS[event.key];
  if (!actions || (event.key === "Enter" && event.target.matches("button, a, summary"))) return;
  event.preventDefault();
  actions[waterfall.data ? 0 : 1]();
});

element("service").addEventListener("change", (event) => {
  go({ ...place(), service: event.target.value });
  refreshList();
});

element("live").addEventListener("click", () => {
  live = !live;
  element("live").setAttribute("aria-pressed", String(live));
  if (live) refreshList();
});

addEventListener("hashchange", arrive);
addEventListener("popstate", arrive);

waterfall.message(h("p", "", hint));
refreshList().then(arrive);
setInterval(() => {
  if (live && document.visibilityState === "visible") refreshList();
}, REFRESH_MILLIS);
