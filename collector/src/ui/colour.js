// One colour a service, the same in every list and for as long as the page is open.

const COLOURS = 8;
const known = new Map();

/** The class that colours a service: its name picks one, unless another service has it. */
export function colour(service) {
  let number = known.get(service);
  if (number === undefined) {
    number = pick(service);
    known.set(service, number);
  }
  return `c${number}`;
}

function pick(service) {
  let hash = 2166136261;
  for (const char of service) hash = Math.imul(hash ^ char.codePointAt(0), 16777619);
  const first = (hash >>> 0) % COLOURS;
  const taken = new Set(known.values());
  for (let step = 0; step < COLOURS; step++) {
    const number = (first + step) % COLOURS;
    if (!taken.has(number)) return number;
  }
  return first;
}
