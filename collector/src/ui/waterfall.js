// One trace as a waterfall: a tree on the left, bars on the right, a ruler on top.

import { colour } from "./colour.js";
import { a, h, setText } from "./dom.js";
import { count, duration, tick, time } from "./format.js";
import { Rows } from "./rows.js";

// Places in a row of the API.
const [DEPTH, SUBTREE, SPAN, SERVICE, OPERATION, OFFSET, DURATION, KIND, ERROR, ERRORS_BELOW] = Array(10).keys();
/** Classes of the marks on a bar, by level; the lowest is an event. */
const MARKS = ["is-event", "is-trace", "is-debug", "is-info", "is-warn", "is-error", "is-fatal"];
const KINDS = ["", "internal", "server", "client", "producer", "consumer"];
const ROW_HEIGHT = 26;
const INDENT = 14;
/** Deeper levels are not indented further, so that names stay in sight. */
const MAX_INDENT = 24;

export class Waterfall {
  /**
   * `select` is called with the span that is picked (its id, and which span of that id it is), `moved` with the one
   * that the keys have moved to; `logs` when the trace's log records are asked for.
   */
  constructor(element, select, moved, logs) {
    this.element = element;
    this.select = select;
    this.moved = moved;
    this.logs = logs;
    this.data = null;
    this.collapsed = new Set();
    this.visible = [];
    this.cursor = -1;
  }

  /** Shows an answer of the API; of the same trace again, what is folded and selected stays. */
  show(data) {
    const held = this.data?.traceId === data.traceId ? this.selected() : null;
    if (!held) this.collapsed.clear();
    this.data = data;
    this.notes = new Map();
    for (const [at, failure, text] of data.notes) {
      if (!this.notes.has(at)) this.notes.set(at, []);
      this.notes.get(at).push({ failure, text });
    }
    this.marks = new Map();
    for (const [at, offset, level] of data.marks) {
      if (!this.marks.has(at)) this.marks.set(at, []);
      this.marks.get(at).push([offset, level]);
    }
    this.total = Math.max(1, data.durationNanos);
    this.nth = numberSpans(data.rows);
    this.parent = parents(data.rows);
    this.build();
    this.refold();
    if (held) this.pick(held.spanId, held.n, false);
  }

  /** Shows a message in place of a trace. */
  message(...lines) {
    this.data = null;
    this.cursor = -1;
    this.rows?.close();
    this.rows = null;
    this.element.replaceChildren(h("div", "empty", ...lines));
  }

  /** The span at the cursor. */
  selected() {
    const row = this.visible[this.cursor];
    return row === undefined ? null : { spanId: this.data.rows[row][SPAN], n: this.nth[row] };
  }

  /** Selects a span by its id, unfolding what hides it. */
  pick(spanId, n, reveal = true) {
    const rows = this.data?.rows ?? [];
    const row = rows.findIndex((candidate, at) => candidate[SPAN] === spanId && this.nth[at] === n);
    if (row < 0) return;
    for (let above = row, depth = rows[row][DEPTH]; above-- > 0 && depth > 0;) {
      if (rows[above][DEPTH] >= depth) continue;
      depth = rows[above][DEPTH];
      this.collapsed.delete(this.key(above));
    }
    this.refold();
    this.cursor = this.visible.indexOf(row);
    if (reveal) this.rows.reveal(this.cursor);
    this.rows.draw(true);
  }

  /** Moves the cursor by a number of rows. */
  move(by) {
    if (!this.data || this.visible.length === 0) return;
    this.moveTo(Math.min(this.visible.length - 1, Math.max(0, this.cursor + by)));
  }

  /** Folds the row at the cursor, or goes to its parent if there is nothing to fold. */
  left() {
    const row = this.visible[this.cursor];
    if (row === undefined) return;
    const { rows } = this.data;
    if (rows[row][SUBTREE] > 1 && !this.collapsed.has(this.key(row))) return this.fold(row, true);
    let above = this.cursor;
    while (above > 0 && rows[this.visible[above]][DEPTH] >= rows[row][DEPTH]) above--;
    if (rows[this.visible[above]][DEPTH] < rows[row][DEPTH]) this.moveTo(above);
  }

  /** Unfolds the row at the cursor, or goes to its first child. */
  right() {
    const row = this.visible[this.cursor];
    if (row === undefined || this.data.rows[row][SUBTREE] === 1) return;
    if (this.collapsed.has(this.key(row))) this.fold(row, false);
    else this.moveTo(this.cursor + 1);
  }

  /** Reports the row at the cursor as picked. */
  enter() {
    const span = this.selected();
    if (span) this.select(span);
  }

  moveTo(cursor) {
    this.cursor = cursor;
    this.rows.reveal(cursor);
    this.rows.draw(true);
    this.moved(this.selected());
  }

  fold(row, fold) {
    const held = this.visible[this.cursor];
    if (fold) this.collapsed.add(this.key(row));
    else this.collapsed.delete(this.key(row));
    this.refold();
    this.cursor = this.visible.indexOf(held);
    this.rows.draw(true);
  }

  key(row) {
    return `${this.data.rows[row][SPAN]}/${this.nth[row]}`;
  }

  refold() {
    const { rows } = this.data;
    this.visible = [];
    for (let row = 0; row < rows.length;) {
      this.visible.push(row);
      row += this.collapsed.size > 0 && this.collapsed.has(this.key(row)) ? rows[row][SUBTREE] : 1;
    }
    this.rows.show(this.visible.length);
  }

  build() {
    const keep = this.rows?.scroller.scrollTop ?? 0;
    this.rows?.close();
    const scroller = a("div", "rows", { role: "tree", tabindex: "0", "aria-label": "Spans" });
    this.element.replaceChildren(this.headline(), scroller);
    this.rows = new Rows(scroller, this.ruler(), ROW_HEIGHT, makeRow, (element, at) => this.fillRow(element, at));
    scroller.addEventListener("click", (event) => this.click(event));
    scroller.scrollTop = keep;
  }

  headline() {
    const { data } = this;
    const root = data.rows[0];
    const failed = data.rows.reduce((sum, row) => sum + row[ERROR], 0);
    const facts = [duration(data.durationNanos), count(data.rows.length, "span"),
      count(data.services.length, "service"), time(data.startUnixNanos)];
    if (data.logCount > 0) facts.splice(3, 0, this.logsButton());
    const spans = new Map();
    for (const row of data.rows) spans.set(row[SERVICE], (spans.get(row[SERVICE]) ?? 0) + 1);
    const legend = data.services.map((name, at) =>
      a("span", "chip", { title: count(spans.get(at) ?? 0, "span") }, h("i", `dot ${colour(name)}`), name));
    return h("div", "headline",
      h("div", "title", h("h1", "", data.operations[root[OPERATION]] || "(no name)"),
        failed > 0 ? h("span", "badge", `✕ ${count(failed, "error")}`) : null,
        a("code", "id", { title: "trace id" }, data.traceId)),
      h("div", "facts", ...facts.map((fact) => h("span", "", fact))),
      h("div", "legend", ...legend));
  }

  /** A button that asks for the log records of the trace. */
  logsButton() {
    const button = a("button", "to", { type: "button", title: "show them in the order of time" }, count(this.data.logCount, "log record"));
    button.addEventListener("click", () => this.logs());
    return button;
  }

  ruler() {
    const ticks = h("div", "ticks");
    for (const at of niceTicks(this.total)) {
      const mark = h("span", "tick", tick(at));
      mark.style.left = `${(100 * at) / this.total}%`;
      ticks.append(mark);
    }
    this.grid = niceTicks(this.total).map((at) => (100 * at) / this.total);
    return h("div", "ruler", h("div", "corner", "Span"), ticks);
  }

  fillRow(element, at) {
    const { data } = this;
    const row = this.visible[at];
    const span = data.rows[row];
    const folded = this.collapsed.has(this.key(row));
    const service = data.services[span[SERVICE]];
    const hue = colour(service);
    const notes = this.notes.get(row) ?? [];
    const { caret, swatch, name, from, warn, mark, bar, label } = element.parts;
    element.classList.toggle("selected", at === this.cursor);
    element.classList.toggle("failed", span[ERROR] === 1);
    element.setAttribute("aria-level", span[DEPTH] + 1);
    element.setAttribute("aria-selected", String(at === this.cursor));
    if (span[SUBTREE] > 1) element.setAttribute("aria-expanded", String(!folded));
    else element.removeAttribute("aria-expanded");
    element.parts.indent.style.width = `${Math.min(span[DEPTH], MAX_INDENT) * INDENT}px`;
    setText(caret, span[SUBTREE] > 1 ? (folded ? "▸" : "▾") : "");
    swatch.className = `swatch ${hue}`;
    setText(name, data.operations[span[OPERATION]] || "(no name)");
    // The service is named where it changes; its colour tells it elsewhere.
    const above = data.rows[this.parent[row]];
    const named = above && above[SERVICE] === span[SERVICE] ? "" : service;
    setText(from, folded ? [named, `${span[SUBTREE] - 1} folded`].filter(Boolean).join(" · ") : named);
    const below = folded && span[ERRORS_BELOW] > 0;
    setText(mark, span[ERROR] ? "✕" : below ? "✕" : "");
    mark.className = span[ERROR] ? "mark" : below ? "mark below" : "mark none";
    setText(warn, notes.some((note) => !note.failure) ? "!" : "");
    element.title = [service, KINDS[span[KIND]], ...notes.map((note) => note.text)].filter(Boolean).join("\n");
    const left = Math.min(100, (100 * span[OFFSET]) / this.total);
    const width = Math.min(100 - left, (100 * span[DURATION]) / this.total);
    bar.className = `bar ${hue}`;
    bar.style.left = `${left}%`;
    bar.style.width = `${width}%`;
    setText(label, duration(span[DURATION]));
    // The label goes where there is room: after the bar, before it, or within.
    const right = left + width;
    label.className = right < 84 ? "label after" : left > 16 ? "label before" : "label within";
    label.style.left = right < 84 ? `${right}%` : left > 16 ? "" : `${left}%`;
    label.style.right = right < 84 || left <= 16 ? "" : `${100 - left}%`;
    this.fillGrid(element);
    this.fillMarks(element, row);
  }

  /** A dot on the bar for each event and log record, the gravest on top. */
  fillMarks(element, row) {
    const { dots } = element.parts;
    if (dots.owner === this.data && dots.row === row) return;
    Object.assign(dots, { owner: this.data, row });
    const marks = (this.marks.get(row) ?? []).toSorted((x, y) => x[1] - y[1]);
    dots.replaceChildren(...marks.map(([offset, level]) => {
      const dot = h("i", MARKS[level]);
      dot.style.left = `${(100 * offset) / this.total}%`;
      return dot;
    }));
  }

  fillGrid(element) {
    const lines = element.parts.grid;
    if (lines.owner === this.data) return;
    lines.owner = this.data;
    lines.replaceChildren(...this.grid.map((left) => {
      const line = h("i", "");
      line.style.left = `${left}%`;
      return line;
    }));
  }

  click(event) {
    const element = event.target.closest(".row");
    if (!element) return;
    const row = this.visible[element.at];
    if (event.target.closest(".caret") && this.data.rows[row][SUBTREE] > 1) {
      return this.fold(row, !this.collapsed.has(this.key(row)));
    }
    this.cursor = element.at;
    this.rows.draw(true);
    this.enter();
  }
}

function makeRow() {
  const parts = {
    indent: h("span", "indent"), caret: h("span", "caret"), swatch: h("i", "swatch"), name: h("span", "name"),
    mark: h("span", "mark"), warn: h("span", "warn"), from: h("span", "from"),
    grid: h("div", "grid"), bar: h("div", "bar"), dots: h("div", "dots"), label: h("span", "label"),
  };
  const text = h("span", "text", parts.name, parts.from);
  const tree = h("div", "tree", parts.indent, parts.caret, parts.swatch, parts.mark, parts.warn, text);
  const row = a("div", "row", { role: "treeitem" }, tree, h("div", "lane", parts.grid, parts.bar, parts.label, parts.dots));
  row.parts = parts;
  return row;
}

/** Which span of its id each row is, from 0. */
function numberSpans(rows) {
  const seen = new Map();
  return rows.map((row) => {
    const n = seen.get(row[SPAN]) ?? 0;
    seen.set(row[SPAN], n + 1);
    return n;
  });
}

/** The row above each row in the tree; -1 at the top. */
function parents(rows) {
  const path = [];
  return rows.map((row, at) => {
    path.length = row[DEPTH];
    path.push(at);
    return row[DEPTH] > 0 ? path[row[DEPTH] - 1] : -1;
  });
}

/** Four to eight round times from 0 to the total. */
function niceTicks(total) {
  const rough = total / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
  const ticks = [];
  for (let at = 0; at <= total * 0.96; at += step) ticks.push(at);
  return ticks;
}
