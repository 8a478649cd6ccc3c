// What the page asks of the service. Answers are kept, so that a step back is immediate and a
// neighbour in the list can be fetched before anybody asks for it.
const KEPT = 200;

export class Service {
  constructor(root) {
    this.root = root;
    this.kept = new Map();
  }

  // Columns of a spectrum by name, Float64Array each; bad pixels have flux NaN.
  spectrum(id, frame) {
    const path = `spectra/${encodeURIComponent(id)}?FRAME=${frame}&RESPONSEFORMAT=json`;
    return this.keep(path, async () => cleanSpectrum(await this.json(path)));
  }

  object(id) {
    const path = `objects/${encodeURIComponent(id)}?RESPONSEFORMAT=json`;
    return this.keep(path, () => this.json(path));
  }

  guide() {
    return this.keep("guide", () => this.json("viewer/guide"));
  }

  // The rows of an ADQL query: {metadata, data}. Sent by POST: a list of identifiers is long.
  query(text, rows) {
    const form = new URLSearchParams({ LANG: "ADQL", FORMAT: "json", MAXREC: rows, QUERY: text });
    return this.json("tap/sync", { method: "POST", body: form });
  }

  // The means of a list over the whole grid, in the rest frame: of all its spectra, or of groups of
  // equal size in the order of a column. For each group {wave, flux, order}, its median of the column.
  stack(ids, groups, order) {
    const form = new URLSearchParams({ GROUPS: groups, REGION: "whole", RESPONSEFORMAT: "json", ID: ids.join(",") });
    if (groups > 1) form.set("ORDER", order);
    return this.keep(`stack ${form}`, async () => splitStack(toColumns(await this.json("stack", { method: "POST", body: form }))));
  }

  // The identifier of the spectrum nearest to a place on the sky, in degrees; null when none is near.
  async nearest(ra, dec, radius) {
    const { metadata, data } = await this.json(`cone?RA=${ra}&DEC=${dec}&SR=${radius}&RESPONSEFORMAT=json`);
    const [id, x, y] = ["ID_MAIN", "POS_EQ_RA_MAIN", "POS_EQ_DEC_MAIN"].map((ucd) => metadata.findIndex((f) => f.ucd === ucd));
    const shrink = Math.cos((dec * Math.PI) / 180);
    const distances = data.map((row) => Math.hypot((row[x] - ra) * shrink, row[y] - dec));
    return data.length ? String(data[distances.indexOf(Math.min(...distances))][id]) : null;
  }

  keep(name, make) {
    const known = this.kept.get(name);
    this.kept.delete(name);
    const answer = known ?? make();
    this.kept.set(name, answer); // the last used stays longest
    answer.catch(() => this.kept.delete(name));
    if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value);
    return answer;
  }

  async json(path, options = {}) {
    const accept = { Accept: "application/json, */*;q=0.1" };
    let answer;
    try {
      answer = await fetch(this.root + path, { headers: accept, ...options });
    } catch {
      throw new Error("The service does not answer; check the connection and try again.");
    }
    if (!answer.ok) throw new Error(await readError(answer));
    return answer.json();
  }
}

// Errors are VOTables: the sentence stands in the INFO named QUERY_STATUS (DALI 1.1, section 4.4).
export async function readError(answer) {
  const text = await answer.text();
  const told = new DOMParser().parseFromString(text, "text/xml").querySelector("INFO[name=QUERY_STATUS]");
  return told?.textContent.trim() || `The service answers with status ${answer.status}.`;
}

export function toColumns({ metadata, data }) {
  const columns = {};
  metadata.forEach(({ name }, i) => {
    columns[name] = Float64Array.from(data, (row) => row[i] ?? NaN);
  });
  return columns;
}

function splitStack({ group_number: numbers, order_median: order, wave, mean }) {
  return [...new Set(numbers)].map((number) => {
    const inGroup = (_, i) => numbers[i] === number;
    return { wave: wave.filter(inGroup), flux: mean.filter(inGroup), order: order[numbers.indexOf(number)] };
  });
}

function cleanSpectrum(table) {
  const columns = toColumns(table);
  const good = columns.ivar.map((weight) => (weight > 0 ? 1 : NaN));
  columns.flux = columns.flux.map((value, i) => value * good[i]);
  columns.sigma = columns.ivar.map((weight, i) => good[i] / Math.sqrt(weight));
  return columns;
}
