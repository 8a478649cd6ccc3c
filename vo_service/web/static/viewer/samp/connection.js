// The page's place among the programs of the desktop: out, waiting, in, or looking for a hub that went.
import { Hub, NoHubError } from "./hub.js";

const LOOK_MS = 5000;

export class Connection extends EventTarget {
  constructor(metadata) {
    super();
    this.metadata = metadata;
    this.mtypes = ["samp.hub.event.*", "samp.hub.disconnect"];
    this.names = new Map();
    this.become("out");
    addEventListener("pagehide", () => this.hub?.isOpen && this.hub.leaveAtOnce());
    addEventListener("pageshow", (event) => event.persisted && this.state === "in" && this.look());
  }

  get isIn() {
    return this.state === "in";
  }

  // Name messages that are taken; before connecting.
  subscribe(mtypes) {
    this.mtypes.push(...mtypes);
  }

  become(state, error = null) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: error }));
  }

  async connect() {
    this.become("waiting");
    await this.join((error) => this.become("out", error));
  }

  async disconnect() {
    const { hub } = this;
    this.stopping?.abort();
    clearTimeout(this.looking);
    this.become("out");
    if (hub?.isOpen) await hub.leave().catch(() => {}); // it is gone, and so are we
  }

  // A hub that was there is looked for until it is found again, or its user says no.
  look() {
    this.become("looking");
    this.looking = setTimeout(() => {
      this.join((error) => (error instanceof NoHubError ? this.look() : this.become("out", error)));
    }, LOOK_MS);
  }

  async join(fail) {
    const hub = new Hub();
    const stopping = new AbortController();
    this.stopping = stopping;
    try {
      await hub.join(this.metadata, this.mtypes, stopping.signal);
    } catch (error) {
      if (!stopping.signal.aborted) fail(error);
      return;
    }
    if (stopping.signal.aborted) {
      hub.leave().catch(() => {});
      return;
    }
    this.follow(hub);
  }

  follow(hub) {
    this.hub = hub;
    this.names.clear();
    hub.addEventListener("lost", () => this.look());
    hub.addEventListener("unreadable", () => this.dispatchEvent(new Event("unreadable")));
    hub.addEventListener("message", ({ detail }) => this.receive(detail));
    this.become("in");
    this.nameAll();
  }

  receive(message) {
    const { mtype, params } = message;
    if (mtype === "samp.hub.event.shutdown") this.hub.lose();
    else if (mtype === "samp.hub.disconnect") this.dismiss(params.reason);
    else if (mtype?.startsWith("samp.hub.event.")) this.nameAll();
    else this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  dismiss(reason) {
    this.hub.isOpen = false;
    this.become("out", new Error(`The hub has closed the connection: ${reason ?? "it gave no reason"}.`));
  }

  // Learn how the programs call themselves.
  async nameAll() {
    const { hub } = this;
    try {
      const ids = [hub.hubId, ...(await hub.call("getRegisteredClients"))].filter((id) => id !== hub.ownId);
      const told = await Promise.all(ids.map((id) => hub.call("getMetadata", id).catch(() => ({}))));
      this.names = new Map(ids.map((id, i) => [id, String(told[i]["samp.name"] ?? id)]));
      this.dispatchEvent(new Event("names"));
    } catch {
      return; // whether the hub is there, the wait for messages tells
    }
  }

  nameOf(id) {
    return this.names.get(id) ?? "A program";
  }

  // The hub itself, and the programs on it.
  get others() {
    const { hub } = this;
    return { hub: this.nameOf(hub.hubId), programs: [...this.names].filter(([id]) => id !== hub.hubId).map(([, name]) => name) };
  }

  // Send to all. Who has gone meanwhile is told by the wait for messages.
  async send(mtype, params) {
    if (this.isIn) await this.hub.notifyAll(mtype, params).catch(() => {});
  }

  async answer({ id }, error) {
    if (id && this.isIn) await this.hub.reply(id, error).catch(() => {});
  }
}
