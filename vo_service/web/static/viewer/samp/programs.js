// What other programs say, done in the viewer; what its reader does, told to them. Neither leads to
// the other: what is shown because a message asked for it sends none.
import { Pace, Recent } from "./pace.js";
import { Tables } from "./tables.js";

const AGAIN_MS = 500, TELL_MS = 100, FETCH_MS = 60000, SKY_MS = 300;
const NEAR_DEGREES = 3 / 3600;

export class Programs extends EventTarget {
  constructor({ connection, link, service, addresses }) {
    super();
    Object.assign(this, { connection, link, service, addresses, turn: 0, busy: -Infinity });
    this.tables = new Tables((url) => this.read(url));
    this.sent = new Recent(AGAIN_MS);
    this.heard = new Recent(AGAIN_MS);
    this.pace = new Pace((id) => this.tellOf(id), TELL_MS);
    this.acts = new Map([
      ["table.load.votable", (message) => this.takeTable(message)],
      ["table.highlight.row", (message) => this.highlight(message)],
      ["table.select.rowList", (message) => this.select(message)],
      ["spectrum.load.ssa-generic", (message) => this.loadSpectrum(message)],
      ["coord.pointAt.sky", (message) => this.pointAt(message)],
      ["samp.app.ping", () => {}],
    ]);
    connection.subscribe(this.acts.keys());
    connection.addEventListener("message", ({ detail }) => this.receive(detail));
    connection.addEventListener("unreadable", () => this.say("The hub sent what this page cannot read."));
    link.addEventListener("highlight", ({ detail }) => connection.isIn && this.pace.run(detail.id));
  }

  async receive(message) {
    const act = this.acts.get(message.mtype);
    if (!act) return this.connection.answer(message, new Error("This page does not know this message."));
    try {
      await act(message);
    } catch (error) {
      this.say(`${this.nameOf(message)}: ${error.message}`);
      return this.connection.answer(message, error);
    }
    return this.connection.answer(message);
  }

  say(sentence) {
    this.dispatchEvent(new CustomEvent("said", { detail: sentence }));
  }

  nameOf({ sender }) {
    return this.connection.nameOf(sender);
  }

  async takeTable(message) {
    const table = await this.tables.take(message.params);
    this.say(`${this.nameOf(message)} gave “${table.name}”, ${count(table.ids.length, "row")}.`);
  }

  async highlight(message) {
    const { params } = message;
    if (this.isKnown(message, params.row)) return;
    const turn = this.takeTurn();
    const table = await this.tables.find(params);
    await this.showRow(table, table.parse(params.row), turn);
  }

  async select(message) {
    const { "row-list": texts } = message.params;
    if (!Array.isArray(texts)) throw new Error("A selection without a list of rows.");
    if (!texts.length || this.isKnown(message, texts)) return null;
    const turn = this.takeTurn();
    const table = await this.tables.find(message.params);
    const rows = texts.map((text) => table.parse(text));
    if (rows.length === 1) return this.showRow(table, rows[0], turn);
    if (turn !== this.turn) return null;
    const who = this.nameOf(message);
    this.say(`${who} selected ${count(rows.length, "row")} of “${table.name}”.`);
    return this.link.select(rows.map((row) => table.ids[row]), {
      title: `Selected in ${who}`, labels: rows.map((row) => table.labels[row]), isStacked: true,
    });
  }

  async showRow(table, row, turn) {
    if (turn === this.turn) await this.link.show(table.ids[row]);
  }

  // The newest message wins, however long the table of an older one takes to come.
  takeTurn() {
    this.busy = performance.now();
    this.turn += 1;
    return this.turn;
  }

  // Whether this was said here a moment ago, or by another program, or by the same one last: some
  // say a click twice, some repeat what they hear.
  isKnown({ sender, params }, rows) {
    const key = keyOf(params["table-id"] ?? params.url, rows);
    const teller = this.heard.get(key);
    if (this.sent.get(key) || (teller && (teller !== sender || this.heardLast === key))) return true;
    this.heard.set(key, sender);
    this.heardLast = key;
    return false;
  }

  async loadSpectrum({ params }) {
    const id = this.addresses.spectrum(params.url);
    if (!id) throw new Error("This viewer shows the spectra of its own service alone.");
    this.takeTurn();
    await this.link.show(id);
  }

  // Programs send a position beside a row, or in answer to one: the row says more.
  async pointAt({ params }) {
    const [ra, dec] = [params.ra, params.dec].map(parseFloat);
    if (Number.isNaN(ra + dec)) throw new Error("A position without numbers ra and dec.");
    const { turn } = this;
    await new Promise((resolve) => setTimeout(resolve, SKY_MS));
    if (turn !== this.turn || performance.now() - this.busy < 1000) return;
    const id = await this.service.nearest(ra, dec, NEAR_DEGREES);
    if (!id) throw new Error(`No spectrum lies within 3″ of ${ra.toFixed(5)} ${dec.toFixed(5)}.`);
    if (turn === this.turn) await this.link.show(id);
  }

  // What the service itself serves needs no help of the hub, which may refuse it.
  async read(url) {
    const path = this.addresses.within(url);
    const address = path === null ? this.connection.hub.translate(url) : this.service.root + path;
    let answer, text;
    try {
      answer = await fetch(address, { signal: AbortSignal.timeout(FETCH_MS) });
      text = await answer.text();
    } catch {
      throw new Error("it cannot be fetched");
    }
    if (!answer.ok) throw new Error(`its address answers with status ${answer.status}`);
    return text;
  }

  // Tell of an object by its row in every table that holds it; else by its place on the sky.
  async tellOf(objId) {
    this.busy = performance.now();
    const places = [...this.tables.holding(objId)];
    if (!places.length) await this.tellPosition(objId);
    for (const [table, row] of places) this.sendRows("table.highlight.row", table, [row], { row: String(row) });
  }

  async tellPosition(objId) {
    const { facts } = await this.service.object(objId).catch(() => ({ facts: [] })); // the page tells why
    const [ra, dec] = ["ra", "dec"].map((role) => facts.find((fact) => fact.role === role)?.value ?? null);
    if (ra !== null && dec !== null) await this.connection.send("coord.pointAt.sky", { ra: String(ra), dec: String(dec) });
  }

  // Select these in every table that has some of them.
  selectElsewhere(ids) {
    const found = new Map();
    for (const id of ids) {
      for (const [table, row] of this.tables.holding(id)) {
        if (!found.has(table)) found.set(table, []);
        found.get(table).push(row);
      }
    }
    for (const [table, rows] of found) this.sendRows("table.select.rowList", table, rows, { "row-list": rows.map(String) });
    const named = [...found].map(([table, rows]) => `${count(rows.length, "row")} of “${table.name}”`);
    this.say(named.length ? `Selected ${named.join(", ")}.` : "No table that was sent around holds these spectra; send the list first.");
  }

  sendRows(mtype, table, rows, params) {
    for (const name of [table.id, table.url]) this.sent.set(keyOf(name, rows), true);
    this.connection.send(mtype, { "table-id": table.id, url: table.url, ...params });
  }

  // Give the list to all, as a table that they fetch from the service.
  async sendList(query, name) {
    if (!query) return this.say("The list is too long to be sent; select it in the others.");
    const url = this.addresses.table(query);
    const params = { url, "table-id": url, name };
    try {
      await this.tables.take(params);
    } catch (error) {
      return this.say(error.message);
    }
    await this.connection.send("table.load.votable", params);
    return this.say(`“${name}” was sent.`);
  }
}

function keyOf(table, rows) {
  return `${table} ${rows}`;
}

function count(number, what) {
  return `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
}
