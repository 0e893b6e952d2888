// Log records: those of one span within its panel, or all of a trace in a panel of their own. Every value is text.

import { a, h } from "./dom.js";
import { count, offset } from "./format.js";
import { attributes, section } from "./values.js";

const LEVELS = ["", "is-trace", "is-debug", "is-info", "is-warn", "is-error", "is-fatal"];

/** The log records of a span, as a section of its panel; null if there are none. */
export function spanLogs(span) {
  if (span.logCount === 0) return null;
  const left = span.logCount - span.logs.length;
  const more = left > 0 ? h("p", "none", `${count(left, "later one")} not shown here`) : null;
  return section("Log records", h("div", "", ...span.logs.map((of) => log(of, of.attributes.length || of.droppedAttributes ? attributes(of) : null)), more), span.logCount);
}

/**
 * Fills the panel with the log records of a trace, in the order of time. `open` is called with the span of one that is
 * picked, `more` gives the answer from a number on, `close` is called by the panel's button.
 */
export function showLogs(panel, answer, { open, more, close }) {
  const button = a("button", "close", { type: "button", "aria-label": "close" }, "✕");
  button.addEventListener("click", close);
  const list = h("div", "");
  const rest = a("button", "rest", { type: "button" }, "show more");
  let shown = 0;
  const add = ({ logs }) => {
    list.append(...logs.map((of) => traceLog(of, open)));
    shown += logs.length;
    rest.hidden = shown >= answer.logCount || logs.length === 0;
  };
  rest.addEventListener("click", async () => {
    const next = await more(shown).catch(() => null);
    if (next) add(next);
  });
  add(answer);
  const missing = answer.droppedLogs > 0
    ? h("p", "warning", `${count(answer.droppedLogs, "log record")} more arrived and were not kept: a trace keeps the first ones`) : null;
  panel.replaceChildren(...[
    h("header", "", h("div", "who", h("span", "", "In the order of time"), button), h("h2", "", count(answer.logCount, "log record"))),
    missing, h("section", "", list, rest),
  ].filter((part) => part !== null));
  panel.scrollTop = 0;
}

/** One of a trace: with a link to its span, its attributes folded. */
function traceLog(of, open) {
  const more = of.attributes.length || of.droppedAttributes
    ? h("details", "", h("summary", "", count(of.attributes.length, "attribute")), attributes(of)) : null;
  return log(of, h("div", "more", where(of, open), more));
}

function where({ row, spanId }, open) {
  if (!row) return h("span", "none", spanId ? `span ${spanId}, which has not arrived` : "of no span");
  const link = a("button", "to", { type: "button", title: "open the span" }, row.operation || "(no name)");
  link.addEventListener("click", () => open(row));
  return link;
}

function log(of, below) {
  const said = of.body === "" && !of.eventName ? h("span", "none", "empty") : [of.eventName, of.body].filter(Boolean).join("  ");
  return h("div", `log ${LEVELS[of.level]}`,
    h("div", "log-line", h("span", "level", of.severity || "LOG"), h("span", "scope", of.scope), h("span", "at", offset(of.offsetNanos))),
    h("div", "said", said, of.bodyBytesLeftOut ? h("span", "none", ` … ${count(of.bodyBytesLeftOut, "byte")} more`) : null),
    below);
}
