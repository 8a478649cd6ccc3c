// The seam to other programs on the desktop: what they ask, and what they are told.
//
//     viewer.show(id)                 show a spectrum, in the list or not
//     viewer.select(ids, {…})         make these the list; see `select` below
//     viewer.addEventListener("highlight", ({ detail }) => detail.id)
//     viewer.addEventListener("select", ({ detail }) => detail.ids)
//
// Events tell of what the reader has done, never of what was asked here: no message comes back.
export class ViewerLink extends EventTarget {
  constructor({ show, select }) {
    super();
    this.show = (id) => show(String(id));
    // The list may have a title, the objects labels; `isStacked` draws the mean of all of them.
    this.select = (ids, { title, labels = [], isStacked = false } = {}) => {
      const items = ids.map((id, i) => ({ id: String(id), label: labels[i] || String(id), note: "" }));
      return select(items, title, isStacked);
    };
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
