// The side panel: all that is known of one span. Every value is text.

import { colour } from "./colour.js";
import { a, h } from "./dom.js";
import { duration, offset, time } from "./format.js";
import { spanLogs } from "./logs.js";
import { attributes, dropped, section, table } from "./values.js";

/** Fills the panel with a span's details; `close` is called by its button. */
export function showSpan(panel, span, close) {
  const button = a("button", "close", { type: "button", "aria-label": "close" }, "✕");
  button.addEventListener("click", close);
  const parts = [
    h("header", "",
      h("div", "who", h("i", `dot ${colour(span.service)}`), h("span", "", span.service), button),
      h("h2", "", span.operation || "(no name)"),
      h("div", "facts", h("span", "", duration(span.durationNanos)),
        h("span", "", `at ${offset(span.offsetNanos)}`), h("span", "", span.kind),
        h("span", `status ${span.status}`, span.status))),
    ...(span.status === "error" ? [h("p", "failure", span.failure || "failed, without a message")] : []),
    ...span.warnings.map((text) => h("p", "warning", text)),
    section("Attributes", attributes(span), span.attributes.length),
    span.events.length || span.droppedEvents
      ? section("Events", h("div", "", ...span.events.map(event), dropped(span.droppedEvents, "event")), span.events.length) : null,
    spanLogs(span),
    span.links.length || span.droppedLinks
      ? section("Links", h("div", "", ...span.links.map(link), dropped(span.droppedLinks, "link")), span.links.length) : null,
    section("Resource", attributes(span.resource), span.resource.attributes.length),
    section("Span", table([
      ["span id", span.spanId], ["parent id", /^0+$/.test(span.parentSpanId) ? "none" : span.parentSpanId],
      ["start", time(span.startUnixNanos)], ["scope", [span.scope.name, span.scope.version].filter(Boolean).join(" ")],
      ["trace state", span.traceState], ...span.scope.attributes.map(([key, , value]) => [`scope ${key}`, value]),
    ].filter(([, value]) => value)), null),
  ];
  panel.replaceChildren(...parts.filter((part) => part !== null));
  panel.scrollTop = 0;
}

function event(of) {
  const exception = of.name === "exception";
  return h("div", exception ? "event exception" : "event",
    h("div", "event-line", h("span", "name", of.name || "(no name)"), h("span", "at", offset(of.offsetNanos))),
    of.attributes.length || of.droppedAttributes ? attributes(of) : null);
}

function link(of) {
  const href = `#/trace/${of.traceId}?span=${of.spanId}`;
  return h("div", "event", a("a", "link", { href }, `${of.traceId.slice(0, 8)}… / ${of.spanId}`),
    of.attributes.length || of.droppedAttributes ? attributes(of) : null);
}
