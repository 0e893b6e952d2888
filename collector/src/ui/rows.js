// Rows of equal height, of which only those in sight exist: a handful of elements, recycled while scrolling.

/** Rows drawn beyond the edges, so that a fast scroll shows no gap. */
const MARGIN = 8;

export class Rows {
  /**
   * `header` stays in sight above the rows. `make()` creates a row's element; `fill(element, at)` shows the row at a
   * place in it.
   */
  constructor(scroller, header, height, make, fill) {
    this.scroller = scroller;
    this.header = header;
    this.height = height;
    this.make = make;
    this.fill = fill;
    this.count = 0;
    this.pool = [];
    this.sheet = document.createElement("div");
    this.sheet.className = "sheet";
    scroller.replaceChildren(header, this.sheet);
    let waiting = false;
    scroller.addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; this.draw(false); });
    }, { passive: true });
    this.observer = new ResizeObserver(() => this.draw(true));
    this.observer.observe(scroller);
  }

  /** Shows this many rows. */
  show(count) {
    this.count = count;
    this.sheet.style.height = `${count * this.height}px`;
    this.draw(true);
  }

  /** Scrolls as little as needed to bring the row into sight. */
  reveal(at) {
    const top = at * this.height;
    const { scrollTop } = this.scroller;
    const clientHeight = this.scroller.clientHeight - this.header.offsetHeight;
    if (top < scrollTop) this.scroller.scrollTop = top - 2 * this.height;
    else if (top + this.height > scrollTop + clientHeight) this.scroller.scrollTop = top - clientHeight + 3 * this.height;
  }

  /** Draws what is in sight; `all` also fills rows anew that are drawn already. */
  draw(all) {
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / this.height) - MARGIN);
    const last = Math.min(this.count, Math.ceil((this.scroller.scrollTop + this.scroller.clientHeight) / this.height) + MARGIN);
    const needed = last - first;
    while (this.pool.length < needed) {
      const element = this.make();
      element.at = -1;
      this.pool.push(element);
      this.sheet.append(element);
    }
    // A row keeps its element while it stays in sight: place modulo pool.
    const size = this.pool.length;
    const used = new Set();
    for (let at = first; at < last; at++) {
      const element = this.pool[at % size];
      used.add(element);
      if (!all && element.at === at) continue;
      element.at = at;
      element.hidden = false;
      element.style.transform = `translateY(${at * this.height}px)`;
      this.fill(element, at);
    }
    for (const element of this.pool) {
      if (used.has(element)) continue;
      element.hidden = true;
      element.at = -1;
    }
  }

  close() {
    this.observer.disconnect();
  }
}
