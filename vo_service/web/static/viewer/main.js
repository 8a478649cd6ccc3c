// The viewer: list, plot, facts and controls meet here, and here alone.
import { readState, writeState } from "./address.js";
import { loadBokeh } from "./bokeh.js";
import { Controls } from "./controls.js";
import { Facts } from "./facts.js";
import { Keys } from "./keys.js";
import { ViewerLink } from "./link.js";
import { List } from "./list.js";
import { MOST_PINNED, Overlays } from "./overlays.js";
import { Panel } from "./samp/panel.js";
import { Service } from "./service.js";
import { smooth } from "./smooth.js";
import { onThemeChange, readTheme } from "./theme.js";

const byId = (id) => document.getElementById(id);
const PAN = 0.25;
const LOOK_ANGSTROM = 120;
const WRITE_MS = 300;
const MOST_NAMED = 1000;

class Viewer {
  constructor(page) {
    this.ids = page.dataset.ids.split(" ").filter(Boolean);
    this.query = page.dataset.query;
    this.named = page.dataset.named;
    this.service = new Service(page.dataset.root);
    this.list = new List(byId("options"), byId("place"));
    this.facts = new Facts(byId("facts"), page.dataset.root);
    this.controls = new Controls(byId("controls"));
    this.overlays = new Overlays(byId("overlays"), this.service);
    this.state = readState();
    this.bokeh = loadBokeh(page.dataset.bokeh.split(" "));
    this.link = new ViewerLink({ show: (id) => this.showAsked(id), select: (...asked) => this.select(...asked) });
    this.place = { root: page.dataset.root, base: page.dataset.base };
  }

  // All that is needed is asked for at once; BokehJS takes the longest.
  async start() {
    this.controls.put(this.state);
    this.listen();
    const listed = this.list.load(this.service, this.query, this.ids).catch((error) => this.fail(error));
    const asked = this.state.current || this.ids[0];
    if (asked) this.fetch(asked);
    else listed.then(() => this.list.items.length && this.fetch(this.list.items[0].id));
    await this.makePlot();
    if (asked) await this.show(asked);
    await listed;
    this.list.mark(this.state.current);
    this.link.tell("select", { ids: this.list.ids });
    if (!asked) await this.showFirst();
    this.fetchNeighbours();
    this.join();
  }

  // Now that all is there, others may ask for what they like.
  join() {
    const { link, service } = this;
    this.panel = new Panel(byId("programs"), { link, service, ...this.place, list: () => this.describeList() });
  }

  async showFirst() {
    if (this.list.items.length) await this.show(this.list.items[0].id);
    else if (!byId("trouble").textContent) this.fail(new Error("The list is empty: no object fits."));
  }

  async makePlot() {
    const guide = this.service.guide().catch((error) => this.fail(error) ?? { lines: [], regions: [] });
    await this.bokeh;
    const { Plot } = await import("./plot.js");
    const box = byId("plot");
    box.replaceChildren();
    this.plot = new Plot(box, readTheme());
    this.guide = await guide;
    this.plot.marks.setLines(this.guide.lines);
    this.plot.setVisible(this.controls.visible, this.state.frame);
    this.plot.onZoom = (limits) => this.onZoom(limits);
    await this.plot.attach();
  }

  listen() {
    this.list.addEventListener("choose", ({ detail }) => this.visit(detail));
    this.facts.addEventListener("open", ({ detail }) => this.visit(detail, true));
    this.facts.addEventListener("pin", ({ detail }) => this.pin(detail));
    this.facts.addEventListener("region", ({ detail }) => this.lookAtRegion(detail));
    this.facts.addEventListener("look", ({ detail }) => this.look(detail));
    this.controls.addEventListener("change", () => this.onControls());
    byId("previous").addEventListener("click", () => this.list.step(-1));
    byId("next").addEventListener("click", () => this.list.step(1));
    byId("whole").addEventListener("click", () => this.plot.fit());
    byId("closer").addEventListener("click", () => this.plot.zoomIn());
    byId("wider").addEventListener("click", () => this.plot.zoomOut());
    byId("pin").addEventListener("click", () => this.pin(this.state.current));
    byId("stack").addEventListener("click", () => this.change({ stack: "mean" }));
    this.overlays.addEventListener("unpin", ({ detail }) => this.change({ pinned: this.state.pinned.filter((id) => id !== detail) }));
    this.overlays.addEventListener("unstack", () => this.change({ stack: "" }));
    this.overlays.addEventListener("trouble", ({ detail }) => this.fail(detail));
    byId("keys").addEventListener("click", () => byId("help").showModal());
    addEventListener("popstate", () => this.onBack());
    onThemeChange(() => this.onTheme());
    this.keys = new Keys(byId("help"), this.listKeys());
  }

  listKeys() {
    return [
      { keys: ["ArrowRight", "j"], about: "next spectrum", run: () => this.list.step(1) },
      { keys: ["ArrowLeft", "k"], about: "previous spectrum", run: () => this.list.step(-1) },
      { keys: ["+", "="], about: "closer", run: () => this.plot.zoomIn() },
      { keys: ["-"], about: "wider", run: () => this.plot.zoomOut() },
      { keys: ["Shift+ArrowLeft"], about: "to shorter wavelengths", run: () => this.plot.pan(-PAN) },
      { keys: ["Shift+ArrowRight"], about: "to longer wavelengths", run: () => this.plot.pan(PAN) },
      { keys: ["0"], about: "the whole spectrum", run: () => this.plot.fit() },
      { keys: ["f"], about: "rest or observed frame", run: () => this.controls.toggleFrame() },
      { keys: ["l"], about: "lines on or off", run: () => this.controls.toggleLines() },
      { keys: ["p"], about: "keep this one drawn over the next", run: () => this.pin(this.state.current) },
      { keys: ["u"], about: "draw nothing over it", run: () => this.change({ pinned: [], stack: "" }) },
      { keys: ["?"], about: "this help", run: () => byId("help").showModal() },
    ];
  }

  // The reader goes to a spectrum: others are told, before anything is fetched or drawn.
  async visit(id, adds = false) {
    this.link.tell("highlight", { id });
    await this.show(id, adds);
  }

  // Another program goes to one; the history is the reader's own.
  async showAsked(id) {
    if (id !== this.state.current) await this.show(id);
  }

  // Show a spectrum. A later call overtakes an earlier one whose answer is still on its way.
  async show(id, adds = false) {
    this.state.current = id;
    this.list.mark(id);
    writeState(this.state, adds);
    try {
      this.fetch(id); // both at once; of two failures that of the spectrum is told
      const spectrum = await this.service.spectrum(id, this.state.frame);
      const object = await this.service.object(id);
      if (id !== this.state.current) return;
      this.spectrum = spectrum;
      this.object = object;
      byId("trouble").textContent = "";
      await this.drawAll();
      this.fetchNeighbours();
    } catch (error) {
      if (id === this.state.current) this.fail(error);
    }
  }

  async drawAll() {
    this.sayTitle();
    this.facts.show(this.object);
    this.draw();
    this.lookAtRange();
    await this.drawOver();
    document.body.dataset.shown = this.object.obj_id;
    performance.mark("shown");
  }

  draw() {
    const { frame, smooth: kind, width } = this.state;
    const shown = smooth(this.spectrum, kind, Number(width));
    this.controls.offer({ model: Boolean(shown.model), residual: Boolean(shown.residual), sky: Boolean(shown.sky) });
    const visible = this.controls.visible;
    visible.residual &&= Boolean(shown.residual);
    this.plot.setVisible(visible, frame);
    this.plot.marks.showFamilies(this.controls.families, this.stretch);
    this.plot.marks.showRegions(this.ranked(), this.stretch);
    this.plot.show(shown, frame);
  }

  get stretch() {
    const redshift = this.object.facts.find((fact) => fact.role === "redshift")?.value ?? 0;
    return this.state.frame === "rest" ? 1 : 1 + redshift;
  }

  // The regions of the guide with this object's oddness in each.
  ranked() {
    const places = new Map(this.object.places.map((place) => [place.name, place]));
    return this.guide.regions.map((region) => ({ ...region, rank: places.get(region.name)?.rank, ranked: places.get(region.name)?.ranked }));
  }

  sayTitle() {
    const fact = (role) => this.object.facts.find((f) => f.role === role)?.value;
    const redshift = fact("redshift");
    const said = [redshift === undefined || redshift === null ? "" : `z = ${redshift.toFixed(5)}`, fact("subclass"), fact("sn") ? `S/N ${fact("sn").toFixed(1)}` : ""];
    byId("title").textContent = this.object.title;
    byId("subtitle").textContent = said.filter(Boolean).join(" · ");
    document.title = `${this.object.title} · oddsky viewer`;
    byId("said").textContent = `${this.object.title}, ${byId("place").textContent}`;
    const extent = `${Math.round(this.spectrum.wave[0])} to ${Math.round(this.spectrum.wave.at(-1))} Ångström`;
    byId("plot").setAttribute("aria-label", `${this.state.frame === "rest" ? "Rest-frame" : "Observed"} spectrum of ${this.object.title}, ${extent}`);
  }

  fail(error) {
    byId("trouble").textContent = error.message;
    byId("title").textContent ||= "No spectrum";
  }

  // What comes next is on its way before it is asked for.
  fetchNeighbours() {
    this.list.around.forEach((id) => this.fetch(id));
  }

  fetch(id) {
    this.service.spectrum(id, this.state.frame).catch(() => {}); // told when it is shown
    this.service.object(id).catch(() => {});
  }

  async onControls() {
    const { frame, groups, order } = this.state;
    Object.assign(this.state, this.controls.read());
    writeState(this.state);
    if (!this.object) return;
    if (groups !== this.state.groups || order !== this.state.order) return this.drawOver();
    if (frame === this.state.frame) return this.draw();
    this.plot.isZoomed = false;
    this.state.range = "";
    await this.show(this.state.current);
  }

  async onTheme() {
    await this.makePlot();
    if (this.object) await this.drawAll();
  }

  async onBack() {
    Object.assign(this.state, readState());
    this.controls.put(this.state);
    this.plot.isZoomed = false;
    await this.visit(this.state.current || this.list.items[0]?.id);
  }

  look(wave) {
    const half = LOOK_ANGSTROM * this.stretch;
    this.plot.lookAt(wave * this.stretch - half, wave * this.stretch + half);
  }

  lookAtRegion(name) {
    const region = this.guide.regions.find((known) => known.name === name);
    if (region) this.plot.lookAt(region.lo * this.stretch, region.hi * this.stretch);
  }

  // Look where the address says, unless the reader looks somewhere already.
  lookAtRange() {
    const [start, end] = this.state.range.split(",").map(Number);
    if (end > start && !this.plot.isZoomed) this.plot.lookAt(start, end);
  }

  // The address follows at leisure: browsers refuse one that changes with every frame.
  onZoom(limits) {
    this.state.range = limits.map((limit) => limit.toFixed(1)).join(",");
    clearTimeout(this.writing);
    this.writing = setTimeout(() => writeState(this.state), WRITE_MS);
  }

  async pin(id) {
    const others = this.state.pinned.filter((pinned) => pinned !== id);
    await this.change({ pinned: [...others, id].slice(-MOST_PINNED) });
  }

  // Change what is drawn over the spectrum.
  async change(part) {
    Object.assign(this.state, part);
    writeState(this.state);
    await this.drawOver();
  }

  async drawOver() {
    await this.overlays.draw(this.plot, this.state, this.list.ids, this.stretch);
  }

  // Make these items the list.
  async select(items, title = "Spectra", isStacked = false) {
    this.list.fill(items);
    this.query = "";
    byId("list-title").textContent = title;
    if (byId("list-query")) byId("list-query").closest("details").hidden = true;
    if (isStacked) this.state.stack = "mean";
    this.list.mark(this.state.current);
    if (this.list.current) await this.change({});
    else if (items.length) await this.show(this.list.items[0].id);
  }

  // What the list is, for who wants it as a table: a query, unless it is too long for an address.
  describeList() {
    const { ids } = this.list;
    const named = ids.length > MOST_NAMED ? "" : this.named.replace("{ids}", ids.join(", "));
    return { ids, query: this.query || named, name: byId("list-title").textContent };
  }
}

const viewer = new Viewer(byId("viewer"));
window.oddsky = viewer.link;
await viewer.start();
