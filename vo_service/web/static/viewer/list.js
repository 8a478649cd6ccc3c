// The list of spectra: one is current; arrows, a click or `step` make another so.
import { toText } from "./text.js";

export const MOST_ROWS = 10000;
const BLOCK = 500; // options are made as the reader comes near: thousands at once take long

export class List extends EventTarget {
  constructor(box, place) {
    super();
    this.box = box;
    this.place = place;
    this.items = [];
    this.index = -1;
    box.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(Number(option.dataset.index));
    });
    box.addEventListener("keydown", (event) => this.onKey(event));
    box.addEventListener("scroll", () => this.onScroll());
  }

  // Take items {id, label, note}; those of the same identifier count once.
  fill(items) {
    this.items = [...new Map(items.map((item) => [item.id, item])).values()];
    this.box.replaceChildren();
    this.box.classList.toggle("brief", this.items.every((item) => !item.note)); // how high an unseen one is
    this.makeOptions(BLOCK);
    this.index = -1;
    this.tellPlace();
  }

  makeOptions(count) {
    const made = this.box.children.length;
    if (count > made) this.box.append(...this.items.slice(made, count).map((item, i) => makeOption(item, made + i)));
  }

  onScroll() {
    const { scrollTop, clientHeight, scrollHeight } = this.box;
    if (scrollTop + 2 * clientHeight > scrollHeight) this.makeOptions(this.box.children.length + BLOCK);
  }

  async load(service, query, ids) {
    const table = query ? await service.query(query, MOST_ROWS) : { metadata: [], data: [] };
    const known = new Map(readItems(table).map((item) => [item.id, item]));
    const wanted = ids.length ? ids.map((id) => known.get(id) ?? { id, label: id, note: "" }) : [...known.values()];
    this.fill(wanted);
    if (table.overflow) this.place.title = `The first ${MOST_ROWS} rows of the query`;
  }

  get current() {
    return this.items[this.index]?.id;
  }

  get ids() {
    return this.items.map((item) => item.id);
  }

  // The identifiers before and after the current one.
  get around() {
    return [1, -1, 2].map((by) => this.items[this.index + by]?.id).filter(Boolean);
  }

  step(by) {
    if (!this.items.length) return;
    const last = this.items.length - 1;
    this.choose(Math.min(Math.max(this.index + by, 0), last));
  }

  choose(index) {
    if (index === this.index) return;
    this.dispatchEvent(new CustomEvent("choose", { detail: this.items[index].id }));
  }

  // Mark an identifier as current; one that is not in the list leaves none marked.
  mark(id) {
    this.optionAt(this.index)?.setAttribute("aria-selected", "false");
    this.index = this.items.findIndex((item) => item.id === id);
    const option = this.optionAt(this.index);
    option?.setAttribute("aria-selected", "true");
    if (option) keepVisible(this.box, option);
    this.box.setAttribute("aria-activedescendant", option?.id ?? "");
    this.tellPlace();
  }

  // The option of an item; those far down a very long list have none.
  optionAt(index) {
    if (index < MOST_ROWS) this.makeOptions(index + 1);
    return this.box.children[index];
  }

  tellPlace() {
    const count = this.items.length.toLocaleString("en");
    this.place.textContent = this.index < 0 ? `${count} spectra` : `${(this.index + 1).toLocaleString("en")} of ${count}`;
  }

  onKey(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
    if (!(event.key in steps) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.step(steps[event.key]);
  }
}

function makeOption(item, index) {
  const option = document.createElement("div");
  option.id = `option-${index}`;
  option.role = "option";
  option.dataset.index = index;
  option.setAttribute("aria-selected", "false");
  const label = document.createElement("span");
  label.textContent = item.label;
  const note = document.createElement("small");
  note.textContent = item.note;
  option.append(label, note);
  return option;
}

// Scroll the list alone; scrollIntoView would move the page too.
function keepVisible(box, option) {
  const top = option.offsetTop;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + option.offsetHeight > box.scrollTop + box.clientHeight) {
    box.scrollTop = top + option.offsetHeight - box.clientHeight;
  }
}

// The identifier of a row is its first column with the UCD of one; the others describe it.
function readItems({ metadata, data }) {
  const idColumn = metadata.findIndex((f) => /^meta\.id(;meta\.main)?$/.test(f.ucd ?? "") && f.datatype === "long");
  if (idColumn < 0) {
    if (metadata.length) throw new Error("The query gives no identifier of spectra; select obj_id too.");
    return [];
  }
  const labelColumn = metadata.findIndex((f) => (f.ucd ?? "").startsWith("meta.title"));
  const notes = metadata.map((f, i) => [f, i]).filter(([, i]) => i !== idColumn && i !== labelColumn).slice(0, 2);
  return data.filter((row) => row[idColumn] !== null).map((row) => ({
    id: String(row[idColumn]),
    label: String(row[labelColumn] ?? row[idColumn]),
    note: notes.map(([f, i]) => `${f.name} ${toText(row[i])}`).join(" · "),
  }));
}
