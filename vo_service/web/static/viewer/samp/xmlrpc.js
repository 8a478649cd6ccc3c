// XML-RPC as SAMP needs it: every value is a text, a list or a map (SAMP 1.3, sections 3.3 and 4.2).
const ILLEGAL = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

// What the hub refused, in its own words.
export class Fault extends Error {}

export function encodeCall(method, params) {
  const written = params.map((value) => `<param>${encode(value)}</param>`).join("");
  return `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${written}</params></methodCall>`;
}

function encode(value) {
  if (Array.isArray(value)) return `<value><array><data>${value.map(encode).join("")}</data></array></value>`;
  if (typeof value === "object") return `<value><struct>${Object.entries(value).map(encodeMember).join("")}</struct></value>`;
  return `<value><string>${escape(value)}</string></value>`;
}

function encodeMember([name, value]) {
  return `<member><name>${escape(name)}</name>${encode(value)}</member>`;
}

function escape(text) {
  return String(text).replace(ILLEGAL, "").replace(/[&<>]/g, (sign) => ESCAPES[sign]);
}

// The one value of an answer; a Fault is thrown.
export function decodeAnswer(text) {
  const answer = new DOMParser().parseFromString(text, "text/xml").documentElement;
  const value = answer.localName === "methodResponse" && answer.querySelector("value");
  if (!value) throw new Error("The hub’s answer is no XML-RPC.");
  const decoded = decode(value);
  if (answer.firstElementChild.localName === "fault") throw new Fault(decoded.faultString ?? "it gave no reason");
  return decoded;
}

// Numbers are given as their text: all scalars of SAMP are texts, but not all programs know.
function decode(value) {
  const typed = value.firstElementChild;
  if (typed?.localName === "array") return Array.from(typed.firstElementChild?.children ?? [], decode);
  if (typed?.localName === "struct") return Object.fromEntries(Array.from(typed.children, decodeMember));
  return value.textContent;
}

function decodeMember(member) {
  return [member.firstElementChild.textContent, decode(member.lastElementChild)];
}
