// The facts of the object that is shown: ranks, reasons, similar objects, links.
import { element, toShare, toText } from "./text.js";

const MOST_REASONS = 5;

export class Facts extends EventTarget {
  constructor(box, root) {
    super();
    this.box = box;
    this.root = root;
    this.region = null;
  }

  show(object) {
    this.object = object;
    this.box.replaceChildren(...[
      this.makeHead(), this.makeReasons(), this.makeRegions(), this.makeSimilar(), this.makeDetectors(), this.makeRepeats(), this.makeLinks(),
    ].filter(Boolean));
  }

  // Say that there is nothing; what was there belongs to another object.
  clear(sentence) {
    this.box.replaceChildren(element("p", { class: "note" }, sentence));
  }

  fact(role) {
    return this.object.facts.find((fact) => fact.role === role)?.value ?? null;
  }

  makeHead() {
    const rank = this.fact("consensus");
    const ranked = this.object.ranked.consensus;
    const odd = rank === null ? null : element("p", { class: "big" }, element("strong", {}, String(rank)), ranked ? ` of ${ranked} by the consensus, ${toShare(rank, ranked)}` : "");
    const page = element("a", { href: `${this.root}objects/${this.object.obj_id}`, class: "button" }, "Page of this object");
    return section("facts-head", "Oddness", odd, element("p", {}, page));
  }

  makeReasons() {
    const items = this.object.reasons.slice(0, MOST_REASONS).map((row) => {
      const flag = row.cause ? element("span", { class: "flag" }, row.cause.replaceAll("_", " ")) : "";
      if (row.reason_wave === undefined) return element("li", {}, row.reason, " ", flag);
      const look = element("button", { type: "button", class: "link" }, row.reason);
      look.addEventListener("click", () => this.tell("look", row.reason_wave));
      return element("li", {}, look, " ", flag);
    });
    return items.length ? section("facts-reasons", "Why it is odd", element("ol", {}, ...items)) : null;
  }

  makeRegions() {
    const rows = this.object.places.filter((place) => place.ranked).map((place) => {
      const share = place.rank ? toShare(place.rank, place.ranked) : "not covered";
      const meter = place.rank ? element("meter", { min: 0, max: 1, value: 1 - (place.rank - 1) / place.ranked, "aria-label": `${place.name}: ${share}` }) : "";
      return element("tr", {}, element("th", { scope: "row" }, this.makeRegion(place.name)), element("td", { class: "number" }, toText(place.rank)), element("td", {}, meter, ` ${share}`));
    });
    return rows.length ? section("facts-regions", "In every region", table(["Region", "Rank", "Share"], rows)) : null;
  }

  makeRegion(name) {
    const look = element("button", { type: "button", class: "link", title: `Look at ${name}` }, name);
    look.addEventListener("click", () => this.tell("region", name));
    return look;
  }

  makeDetectors() {
    const rows = this.object.scores.map((row) => element("tr", {},
      element("th", { scope: "row" }, element("abbr", { title: row.detector_about ?? row.detector }, row.detector)),
      element("td", { class: "number" }, toText(row.score_rank)),
      element("td", { class: "number" }, toText(row.score))));
    return rows.length ? section("facts-detectors", "In every detector", table(["Detector", "Rank", "Score"], rows)) : null;
  }

  // Similar objects of one region; which one is for the reader to choose, and stays chosen.
  makeSimilar() {
    const regions = [...new Set(this.object.similar.map((row) => row.region))];
    if (!regions.length) return null;
    if (!regions.includes(this.region)) this.region = this.oddestOf(regions);
    const choice = element("select", { "aria-label": "Region" }, ...regions.map((name) => element("option", { selected: name === this.region }, name)));
    const items = element("ol", { class: "similar" });
    const all = element("p", {});
    const fill = () => {
      const rows = this.object.similar.filter((row) => row.region === this.region);
      items.replaceChildren(...rows.map((row) => this.makeOther(row)));
      const ids = [this.object.obj_id, ...rows.map((row) => row.id)];
      all.replaceChildren(element("a", { href: `${this.root}viewer?${ids.map((id) => `ID=${id}`).join("&")}` }, "All as a list"));
    };
    choice.addEventListener("change", () => { this.region = choice.value; fill(); });
    fill();
    return section("facts-similar", "Similar objects", element("p", {}, "in ", choice), items, all);
  }

  oddestOf(regions) {
    const ranks = new Map(this.object.places.map((place) => [place.name, place.rank ?? Infinity]));
    return regions.reduce((best, name) => (ranks.get(name) < ranks.get(best) ? name : best), regions[0]);
  }

  makeOther(row) {
    const name = row.name ?? row.id;
    const open = element("button", { type: "button", class: "link", "data-id": row.id }, name);
    open.addEventListener("click", () => this.tell("open", row.id));
    const pin = element("button", { type: "button", class: "small", "aria-label": `Draw ${name} over this one` }, "Overlay");
    pin.addEventListener("click", () => this.tell("pin", row.id));
    return element("li", {}, open, " ", pin);
  }

  makeRepeats() {
    const items = this.object.repeats.map((row) => this.makeOther(row));
    return items.length ? section("facts-repeats", "Other spectra of the source", element("ol", { class: "similar" }, ...items)) : null;
  }

  makeLinks() {
    const id = this.object.obj_id;
    const own = ["votable", "fits", "csv"].map((form) => [form.toUpperCase(), `${this.root}spectra/${id}?RESPONSEFORMAT=${form}`]);
    const explorer = this.fact("access:explorer");
    const links = [...own, ...(explorer ? [["Survey’s own page", explorer]] : []), ...this.object.links.map((link) => [link.name, link.url])];
    return section("facts-links", "Elsewhere", element("ul", { class: "links" }, ...links.map(([name, url]) => element("li", {}, element("a", { href: url, rel: "noopener" }, name)))));
  }

  tell(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}

function section(id, title, ...children) {
  return element("section", { "aria-labelledby": id }, element("h2", { id }, title), ...children);
}

function table(heads, rows) {
  const head = element("tr", {}, ...heads.map((name) => element("th", { scope: "col" }, name)));
  return element("table", { class: "close" }, element("thead", {}, head), element("tbody", {}, ...rows));
}
