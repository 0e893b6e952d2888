// The list of recent traces.

import { colour } from "./colour.js";
import { a, h } from "./dom.js";
import { age, count, duration } from "./format.js";

export class TraceList {
  /** `open` is called with the id of a trace that is picked. */
  constructor(element, open) {
    this.element = element;
    this.open = open;
    this.items = [];
    this.cursor = -1;
    this.openId = null;
    element.addEventListener("click", (event) => {
      const item = event.target.closest(".item");
      if (item) open(item.dataset.id);
    });
  }

  /** Shows an answer of the API. */
  show({ traces, nowUnixNanos }) {
    const held = this.items[this.cursor]?.traceId;
    this.items = traces;
    this.cursor = traces.findIndex((trace) => trace.traceId === held);
    const longest = Math.max(1, ...traces.map((trace) => trace.durationNanos));
    const scroll = this.element.scrollTop;
    this.element.replaceChildren(...traces.map((trace) => item(trace, longest, BigInt(nowUnixNanos))));
    this.element.scrollTop = scroll;
    this.mark();
  }

  /** Shows why there is nothing to list. */
  empty(...lines) {
    this.items = [];
    this.cursor = -1;
    this.element.replaceChildren(h("div", "empty", ...lines));
  }

  /** Marks the trace that is open. */
  select(id) {
    this.openId = id;
    const at = this.items.findIndex((trace) => trace.traceId === id);
    if (at >= 0) this.cursor = at;
    this.mark();
  }

  /** Moves the cursor by a number of items. */
  move(by) {
    if (this.items.length === 0) return;
    this.cursor = Math.min(this.items.length - 1, Math.max(0, this.cursor + by));
    this.mark();
    this.element.children[this.cursor].scrollIntoView({ block: "nearest" });
  }

  /** Opens the trace at the cursor. */
  enter() {
    const trace = this.items[this.cursor];
    if (trace) this.open(trace.traceId);
  }

  mark() {
    [...this.element.children].forEach((element, at) => {
      element.classList.toggle("cursor", at === this.cursor);
      if (element.dataset.id) element.setAttribute("aria-selected", String(element.dataset.id === this.openId));
    });
  }
}

function item(trace, longest, now) {
  const fill = h("span", `fill ${colour(trace.service)}`);
  // The square root keeps a slow trace from flattening all others.
  fill.style.width = `${Math.max(1.5, 100 * Math.sqrt(trace.durationNanos / longest))}%`;
  const services = trace.services.slice(0, 8).map(({ name }) => a("i", `dot ${colour(name)}`, { title: name }));
  const error = trace.errorCount > 0
    ? a("span", "badge", { title: count(trace.errorCount, "failed span") }, `✕ ${trace.errorCount}`) : null;
  const root = h("span", "operation", trace.operation || "(no name)");
  if (!trace.hasRoot) root.title = "the root span has not arrived";
  return a("div", trace.errorCount > 0 ? "item failed" : "item", { role: "option", "data-id": trace.traceId },
    h("div", "line", root, error, h("span", "took", duration(trace.durationNanos))),
    h("div", "track", fill),
    h("div", "line small", h("span", "service", trace.service), ...services,
      h("span", "end", `${count(trace.spanCount, "span")} · ${age(Number(now - BigInt(trace.startUnixNanos)))}`)));
}
