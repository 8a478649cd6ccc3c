// What is drawn over the spectrum: others that were pinned, and the stack of the list.
import { smooth } from "./smooth.js";
import { element } from "./text.js";

export const MOST_PINNED = 5;

export class Overlays extends EventTarget {
  constructor(box, service) {
    super();
    this.box = box;
    this.service = service;
    this.turn = 0;
  }

  // Fetch and draw them; what cannot be had is told, and left out. A later call overtakes an earlier one.
  async draw(plot, state, list, stretch) {
    this.turn += 1;
    const { turn } = this;
    const kernel = [state.smooth, Number(state.width)];
    const [stack, ...others] = await Promise.all([
      state.stack ? this.orNothing(this.service.stack(list)) : null,
      ...state.pinned.map((id) => this.orNothing(this.service.spectrum(id, state.frame))),
    ]);
    if (turn !== this.turn) return;
    plot.showOthers(others.map((spectrum) => spectrum && smooth(spectrum, ...kernel)));
    plot.showStack(stack && { wave: stack.wave.map((wave) => wave * stretch), flux: stack.mean });
    await this.list(state, Boolean(stack));
    if (state.stack && !stack) this.dispatchEvent(new CustomEvent("unstack")); // or it fails at every step
  }

  orNothing(answer) {
    return answer.catch((error) => {
      this.dispatchEvent(new CustomEvent("trouble", { detail: error }));
      return null;
    });
  }

  // A legend whose entries are the buttons that take them away again.
  async list(state, hasStack) {
    const names = await Promise.all(state.pinned.map((id) => this.service.object(id).then((o) => o.title, () => id)));
    const chips = state.pinned.map((id, i) => this.makeChip(`pin-${i + 1}`, names[i], "unpin", id));
    if (hasStack) chips.push(this.makeChip("pin-stack", "Mean of the list", "unstack"));
    this.box.replaceChildren(...chips);
  }

  makeChip(style, name, what, detail) {
    const chip = element("button", { type: "button", class: "chip", "aria-label": `Take ${name} away` },
      element("span", { class: `dash ${style}` }), name, element("span", { "aria-hidden": "true" }, "×"));
    chip.addEventListener("click", () => this.dispatchEvent(new CustomEvent(what, { detail })));
    return chip;
  }
}
