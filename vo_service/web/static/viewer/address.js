// What is shown, as it stands in the address: a link or a bookmark leads back to it.
const WORDS = { frame: "FRAME", smooth: "SMOOTH", width: "WIDTH", current: "SHOW", stack: "STACK", groups: "GROUPS", order: "ORDER", range: "RANGE" };
const LISTS = { families: "LINES", hidden: "HIDE", pinned: "PIN" };
const NONE = "none";

export const DEFAULTS = {
  frame: "rest", smooth: "none", width: "5", current: "", stack: "", groups: "1", order: "", range: "", families: null, hidden: [], pinned: [],
};

export function readState() {
  const asked = new URLSearchParams(location.search);
  const state = { ...DEFAULTS };
  for (const [name, parameter] of Object.entries(WORDS)) {
    state[name] = asked.get(parameter) ?? state[name];
  }
  for (const [name, parameter] of Object.entries(LISTS)) {
    const text = asked.get(parameter);
    if (text !== null) state[name] = text === NONE ? [] : text.split(/[\s,]+/).filter(Boolean);
  }
  return state;
}

// A step within the list replaces the entry in the history; what is opened from outside adds one.
export function writeState(state, adds = false) {
  const asked = new URLSearchParams(location.search);
  for (const [name, parameter] of Object.entries(WORDS)) {
    put(asked, parameter, state[name], state[name] === DEFAULTS[name]);
  }
  for (const [name, parameter] of Object.entries(LISTS)) {
    const isDefault = DEFAULTS[name] === null ? state[name] === null : state[name].length === 0;
    put(asked, parameter, isDefault ? "" : state[name].join(" ") || NONE, isDefault);
  }
  if (state.smooth === "none") asked.delete(WORDS.width);
  const address = `${location.pathname}?${asked}`;
  if (adds) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

function put(asked, parameter, text, isDefault) {
  if (isDefault) asked.delete(parameter);
  else asked.set(parameter, text);
}
