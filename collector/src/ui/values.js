// Attributes and the like, as the panel shows them. Every value is text.

import { h } from "./dom.js";
import { count } from "./format.js";

/** Values longer than this, or of several lines, get a block of their own. */
const LONG = 90;

/** A part of the panel with its title; `number` is how much there is of it, or null. */
export function section(title, content, number) {
  return h("section", "", h("h3", "", title, number === null ? null : h("small", "", number.toLocaleString("en"))), content);
}

/** The attributes of anything that has some, and how many are missing. */
export function attributes(of) {
  if (of.attributes.length === 0 && !of.droppedAttributes) return h("p", "none", "none");
  const rows = of.attributes.map(([key, type, value]) => [key, value, type]);
  return h("div", "", table(rows), dropped(of.droppedAttributes, "attribute"));
}

/** Rows of `[key, value, type]`. */
export function table(rows) {
  return h("dl", "", ...rows.flatMap(([key, value, type]) => {
    const long = value.length > LONG || value.includes("\n");
    const shown = type === "empty" || value === "" ? h("span", "none", "empty") : value;
    return [h("dt", long ? "wide" : "", key), h("dd", `${long ? "long " : ""}${type ?? ""}`, shown)];
  }));
}

/** A note of what the sender left out; null if that is nothing. */
export function dropped(number, noun) {
  return number ? h("p", "warning", `${count(number, noun)} dropped by the sender's limits`) : null;
}
