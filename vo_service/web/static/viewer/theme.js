// Colours of the plot, from the page's own: light or dark as the reader's system is.
const dark = matchMedia("(prefers-color-scheme: dark)");

export function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour("ink"), soft: colour("soft"), line: colour("line"), paper: colour("paper"),
    accent: colour("accent"), odd: colour("odd"),
    stack: colour("pin-stack"),
    pinned: ["pin-1", "pin-2", "pin-3", "pin-4", "pin-5"].map(colour),
  };
}

export function onThemeChange(tell) {
  dark.addEventListener("change", tell);
}
