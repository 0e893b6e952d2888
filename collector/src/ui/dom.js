// Elements without markup: whatever a span holds is text, never HTML.

/** An element with a class and children; strings become text. */
export function h(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** An `h` with attributes. */
export function a(tag, className, attributes, ...children) {
  const element = h(tag, className, ...children);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** Sets text only where it differs, so that recycled rows cost little. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
