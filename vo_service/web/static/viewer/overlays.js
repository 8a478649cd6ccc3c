// What is drawn over the spectrum: others that were pinned, and the stack of the list.
import { smooth } from "./smooth.js";
import { element, toText } from "./text.js";

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
    const [stacks, ...others] = await Promise.all([
      state.stack ? this.orNothing(this.service.stack(list, Number(state.groups), state.order)) : [],
      ...state.pinned.map((id) => this.orNothing(this.service.spectrum(id, state.frame))),
    ]);
    if (turn !== this.turn) return;
    plot.showOthers(others.map((spectrum) => spectrum && smooth(spectrum, ...kernel)));
    plot.showStacks((stacks ?? []).map(({ wave, flux }) => ({ wave: wave.map((w) => w * stretch), flux })));
    await this.list(state, stacks ?? []);
    if (!stacks) this.dispatchEvent(new CustomEvent("unstack")); // or it fails at every step
  }

  orNothing(answer) {
    return answer.catch((error) => {
      this.dispatchEvent(new CustomEvent("trouble", { detail: error }));
      return null;
    });
  }

  // A legend whose entries are the buttons that take them away again.
  async list(state, stacks) {
    const names = await Promise.all(state.pinned.map((id) => this.service.object(id).then((o) => o.title, () => id)));
    const chips = state.pinned.map((id, i) => this.makeChip(`pin-${i + 1}`, names[i], "unpin", id));
    chips.push(...stacks.map((stack, i) => this.makeChip(`pin-stack stack-${i + 1}`, nameStack(stack, i, stacks.length, state.order), "unstack")));
    this.box.replaceChildren(...chips);
  }

  makeChip(style, name, what, detail) {
    const chip = element("button", { type: "button", class: "chip", "aria-label": `Take ${name} away` },
      element("span", { class: `dash ${style}` }), name, element("span", { "aria-hidden": "true" }, "×"));
    chip.addEventListener("click", () => this.dispatchEvent(new CustomEvent(what, { detail })));
    return chip;
  }
}

function nameStack({ order }, i, count, column) {
  return count > 1 ? `Mean ${i + 1} of ${count}, ${column} ${toText(order)}` : "Mean of the list";
}
