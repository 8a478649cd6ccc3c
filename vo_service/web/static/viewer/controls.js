// The form beside the plot: what is drawn, and how.
const LAYERS = ["error", "model", "residual", "sky", "regions"];

export class Controls extends EventTarget {
  constructor(form) {
    super();
    this.form = form;
    this.width = form.elements.width;
    form.addEventListener("input", () => this.tell());
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  // Set the form to a state read from the address.
  put(state) {
    const { elements } = this.form;
    elements.frame.value = state.frame;
    elements.smooth.value = state.smooth;
    this.width.value = state.width;
    elements.groups.value = state.groups;
    if (state.order) elements.order.value = state.order;
    for (const box of this.boxes("layer")) box.checked = !state.hidden.includes(box.value);
    for (const box of this.boxes("family")) box.checked = state.families?.includes(box.value) ?? true;
    this.sayWidth();
  }

  read() {
    const { elements } = this.form;
    const families = this.boxes("family");
    const chosen = families.filter((box) => box.checked).map((box) => box.value);
    return {
      frame: elements.frame.value,
      smooth: elements.smooth.value,
      width: this.width.value,
      groups: elements.groups.value,
      order: elements.groups.value === "1" ? "" : elements.order.value,
      families: chosen.length === families.length ? null : chosen,
      hidden: this.boxes("layer").filter((box) => !box.checked).map((box) => box.value),
    };
  }

  get families() {
    return this.boxes("family").filter((box) => box.checked).map((box) => box.value);
  }

  get visible() {
    return Object.fromEntries(LAYERS.map((name) => [name, this.boxes("layer").find((box) => box.value === name)?.checked ?? true]));
  }

  // Say what a spectrum has not: a layer that it lacks cannot be switched on.
  offer(has) {
    for (const box of this.boxes("layer")) {
      if (box.value in has) {
        box.disabled = !has[box.value];
        box.parentElement.title = has[box.value] ? "" : "This spectrum has none in this frame";
      }
    }
  }

  toggleFrame() {
    const { frame } = this.form.elements;
    frame.value = frame.value === "rest" ? "observed" : "rest";
    this.tell();
  }

  toggleLines() {
    const boxes = this.boxes("family");
    const isOn = boxes.some((box) => box.checked);
    for (const box of boxes) box.checked = !isOn;
    this.tell();
  }

  boxes(name) {
    return [...this.form.querySelectorAll(`input[name=${name}]`)];
  }

  tell() {
    this.sayWidth();
    this.dispatchEvent(new Event("change"));
  }

  sayWidth() {
    this.form.elements.order.disabled = this.form.elements.groups.value === "1";
    this.width.disabled = this.form.elements.smooth.value === "none";
    this.form.elements.said.value = this.width.disabled ? "off" : `${this.width.value} pixels`;
  }
}
