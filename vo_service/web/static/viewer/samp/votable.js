// Which object each row of a VOTable is (VOTable 1.4, sections 3 and 5.1).
//
// The rows are cut out of the text and searched as text: as a document, those of a survey would
// take seconds and gigabytes. What is left of the document tells of the columns.
const ROWS = /<((?:[\w.-]+:)?)TABLEDATA\s*>/;

// The identifiers and labels of the rows, texts both; a row without one has "".
export function readObjects(text) {
  const { head, rows, prefix } = cut(text);
  const table = findTable(head);
  const columns = readColumns(table);
  const id = findId(columns);
  if (id < 0) throw new Error("it has no column obj_id");
  if (table.getElementsByTagNameNS("*", "STREAM").length) throw new Error("its rows are not written as TABLEDATA, which alone a page can read");
  const label = columns.findIndex(({ ucd }) => ucd.startsWith("meta.title"));
  const [ids, labels] = readCells(rows, prefix, [id, label]);
  return { ids, labels };
}

function cut(text) {
  const start = ROWS.exec(text);
  if (!start) return { head: text, rows: "", prefix: "" };
  const from = start.index + start[0].length;
  const to = text.indexOf(`</${start[1]}TABLEDATA`, from);
  const end = to < 0 ? text.length : to;
  return { head: text.slice(0, from) + text.slice(end), rows: text.slice(from, end), prefix: start[1] };
}

function findTable(head) {
  const document = new DOMParser().parseFromString(head, "text/xml");
  const table = document.getElementsByTagNameNS("*", "TABLE")[0];
  if (document.querySelector("parsererror") || !table) throw new Error("it is no VOTable");
  return table;
}

function readColumns(table) {
  const read = (field, name) => field.getAttribute(name) ?? "";
  return Array.from(table.getElementsByTagNameNS("*", "FIELD"), (field) => ({
    name: read(field, "name"), ucd: read(field, "ucd"), datatype: read(field, "datatype"),
  }));
}

// A program may leave out what a column is, but not its name.
function findId(columns) {
  const named = columns.findIndex(({ name }) => name.toLowerCase() === "obj_id");
  return named < 0 ? columns.findIndex(({ ucd, datatype }) => ucd === "meta.id;meta.main" && datatype === "long") : named;
}

// The texts of some columns, row by row.
function readCells(rows, prefix, wanted) {
  if (/<!/.test(rows)) return readCellsOfDocument(rows, wanted); // comments and CDATA hold what they like
  const last = Math.max(...wanted);
  const found = wanted.map(() => []);
  const row = `<${prefix}TR`, cell = `<${prefix}TD`;
  for (let at = rows.indexOf(row); at >= 0; ) {
    const next = rows.indexOf(row, at + row.length);
    const end = next < 0 ? rows.length : next;
    const texts = [];
    for (let i = 0; i <= last; i += 1) {
      at = rows.indexOf(cell, at + 1);
      if (at < 0 || at >= end) break;
      texts.push(wanted.includes(i) ? readText(rows, at) : "");
    }
    wanted.forEach((column, i) => found[i].push(texts[column] ?? ""));
    at = next;
  }
  return found;
}

function readText(rows, at) {
  const from = rows.indexOf(">", at) + 1;
  if (rows[from - 2] === "/") return "";
  const text = rows.slice(from, rows.indexOf("<", from)).trim();
  return text.includes("&") ? new DOMParser().parseFromString(`<a>${text}</a>`, "text/xml").documentElement.textContent : text;
}

function readCellsOfDocument(rows, wanted) {
  const document = new DOMParser().parseFromString(`<a>${rows.replaceAll(/(<\/?)[\w.-]+:/g, "$1")}</a>`, "text/xml");
  const cells = Array.from(document.documentElement.children, (row) => row.children);
  return wanted.map((column) => cells.map((row) => row[column]?.textContent.trim() ?? ""));
}
