// The seam to other programs on the desktop: what they ask, and what they are told.
//
//     viewer.show(id)                 show a spectrum, in the list or not
//     viewer.select(ids)              make these the list
//     viewer.addEventListener("highlight", ({ detail }) => detail.id)
//     viewer.addEventListener("select", ({ detail }) => detail.ids)
//
// Events tell of what the reader has done, never of what was asked here: no message comes back.
export class ViewerLink extends EventTarget {
  constructor({ show, select }) {
    super();
    this.isAsked = false;
    this.show = (id) => this.asking(() => show(String(id)));
    this.select = (ids) => this.asking(() => select(ids.map(String)));
  }

  async asking(act) {
    this.isAsked = true;
    try {
      await act();
    } finally {
      this.isAsked = false;
    }
  }

  tell(name, detail) {
    if (!this.isAsked) this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
