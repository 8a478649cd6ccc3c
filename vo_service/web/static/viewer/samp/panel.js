// The part of the page that joins other programs: one button, what is the matter, what can be sent.
import { Addresses } from "./addresses.js";
import { Connection } from "./connection.js";
import { NoHubError } from "./hub.js";
import { Programs } from "./programs.js";

const BUTTONS = { out: "Connect", waiting: "Cancel", in: "Disconnect", looking: "Stop looking" };

export class Panel {
  // `list` gives the identifiers of the viewer's list, its query and its name.
  constructor(box, { link, service, root, base, list }) {
    this.box = box;
    this.list = list;
    this.connection = new Connection(describe(base));
    this.programs = new Programs({ connection: this.connection, link, service, addresses: new Addresses(root, base) });
    this.listen();
    this.show();
    this.part("connect").disabled = false;
    if (new URLSearchParams(location.search).get("CONNECT") === "1") this.connection.connect();
  }

  part(name) {
    return this.box.querySelector(`[data-part=${name}]`);
  }

  listen() {
    this.connection.addEventListener("state", ({ detail }) => this.show(detail));
    this.connection.addEventListener("names", () => this.show());
    this.programs.addEventListener("said", ({ detail }) => { this.part("said").textContent = detail; });
    this.part("connect").addEventListener("click", () => this.press());
    this.part("send").addEventListener("click", () => this.send());
    this.part("select").addEventListener("click", () => this.programs.selectElsewhere(this.list().ids));
  }

  press() {
    if (this.connection.state === "out") this.connection.connect();
    else this.connection.disconnect();
  }

  send() {
    const { query, name } = this.list();
    this.programs.sendList(query, name);
  }

  show(error) {
    const { state, isIn } = this.connection;
    this.box.dataset.state = state;
    this.part("connect").textContent = BUTTONS[state];
    this.part("state").textContent = this.describeState(state, error);
    this.part("send").hidden = this.part("select").hidden = !isIn;
    if (!isIn) this.part("said").textContent = "";
  }

  describeState(state, error) {
    if (state === "out") return error ? explain(error) : "not connected";
    if (state === "waiting") return "waiting for permission: the hub asks in a window of its own";
    if (state === "looking") return "the hub has gone: looking for it every 5 s";
    const { hub, programs } = this.connection.others;
    return `connected to ${hub}${programs.length ? `, with ${programs.join(", ")}` : "; no other program is there"}`;
  }
}

function explain(error) {
  if (!(error instanceof NoHubError)) return `not connected: ${error.message}`;
  if (isSecureContext) return "not connected: no hub answers on this computer; start TOPCAT or oddsky link, then connect";
  return "not connected: no hub answers. Browsers let a page that came by http: from another computer reach none; open it by https:";
}

function describe(base) {
  return {
    "samp.name": "oddsky viewer",
    "samp.description.text": `Spectra of ${base}`,
    "samp.documentation.url": `${base}/`,
    "samp.icon.url": `${base}/static/icon.png`,
    "home.page": `${base}/`,
  };
}
