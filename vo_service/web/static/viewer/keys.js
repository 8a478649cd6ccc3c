// The keyboard: one table says what each key does and is the help that is shown.
import { element } from "./text.js";

const TYPING = "input:not([type=checkbox]):not([type=radio]):not([type=range]), select, textarea";
const MOVING = "input[type=radio], input[type=range]";
// Arrows belong to these while they have the focus.

export class Keys {
  constructor(help, actions) {
    this.actions = actions;
    this.known = new Map(actions.flatMap(({ keys, run }) => keys.map((key) => [key, run])));
    this.help = help;
    help.querySelector("dl").replaceChildren(...actions.flatMap(describe));
    addEventListener("keydown", (event) => this.onKey(event));
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.help.open) return;
    if (event.target.matches?.(TYPING) || (event.key.startsWith("Arrow") && event.target.matches?.(MOVING))) return;
    const name = event.shiftKey && event.key.startsWith("Arrow") ? `Shift+${event.key}` : event.key;
    const run = this.known.get(name);
    if (!run) return;
    event.preventDefault();
    run();
  }
}

const SYMBOLS = { ArrowLeft: "←", ArrowRight: "→", "Shift+ArrowLeft": "Shift ←", "Shift+ArrowRight": "Shift →" };

function describe({ keys, about }) {
  const names = keys.flatMap((key, i) => [i ? " " : "", element("kbd", {}, SYMBOLS[key] ?? key)]);
  return [element("dt", {}, ...names), element("dd", {}, about)];
}
