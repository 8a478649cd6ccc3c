// Values as a person reads them, and elements that hold them.
export function toText(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number" || Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size && (size < 1e-4 || size >= 1e6) ? value.toExponential(3) : String(Number(value.toPrecision(4)));
}

// How far up a rank is: "top 0.3 %".
export function toShare(rank, ranked) {
  const percent = (100 * rank) / ranked;
  return `top ${percent < 10 ? Number(percent.toPrecision(2)) : Math.round(percent)} %`;
}

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}
