// The tables that programs have given: which object is in which row, and the other way round.
import { readObjects } from "./votable.js";

const MOST_TABLES = 10;

export class Tables {
  // `read` fetches the text of an address.
  constructor(read) {
    this.read = read;
    this.known = new Map();
  }

  // Take a table; messages about it wait until it is there.
  async take(params) {
    if (typeof params.url !== "string") throw new Error("A table without an address.");
    const id = params["table-id"] || params.url;
    const entry = { url: params.url, loading: this.load(id, params), table: null };
    entry.loading.then((table) => { entry.table = table; }, () => {}); // a failure is told to who asks
    this.known.delete(id);
    this.known.set(id, entry);
    if (this.known.size > MOST_TABLES) this.known.delete(this.known.keys().next().value);
    return entry.loading;
  }

  async load(id, { url, name }) {
    const called = name || id;
    try {
      return new Table(id, url, called, readObjects(await this.read(url)));
    } catch (error) {
      throw new Error(`The table “${called}” cannot be followed: ${error.message}.`);
    }
  }

  // The table that a message is about: programs name it by its identifier, its address, or both.
  async find(params) {
    const { "table-id": id, url } = params;
    const found = this.known.get(id) ?? [...this.known.values()].find((entry) => url && entry.url === url);
    if (!found) throw new Error(`The table “${id ?? url}” was never given to this page; broadcast it.`);
    return found.loading;
  }

  // Every table that holds an object, with its row there.
  *holding(objId) {
    for (const { table } of this.known.values()) {
      const row = table?.rowOf(objId);
      if (row !== undefined) yield [table, row];
    }
  }
}

export class Table {
  constructor(id, url, name, { ids, labels }) {
    Object.assign(this, { id, url, name, ids, labels });
    this.rows = new Map();
    for (let row = ids.length - 1; row >= 0; row -= 1) this.rows.set(ids[row], row); // of several the first
  }

  rowOf(objId) {
    return this.rows.get(objId);
  }

  // The row that a message names; rows count from 0 and are texts.
  parse(text) {
    const isRow = typeof text === "string" && /^\d+$/.test(text);
    const row = Number(text);
    if (!isRow) throw new Error(`“${String(text).slice(0, 20)}” is no row of a table.`);
    if (row >= this.ids.length) throw new Error(`Row ${row} is outside the ${this.ids.length} rows of “${this.name}”.`);
    if (!this.ids[row]) throw new Error(`Row ${row} of “${this.name}” has no obj_id.`);
    return row;
  }
}
