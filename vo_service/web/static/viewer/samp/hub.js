// The SAMP hub of this computer, reached from a page by the Web Profile (SAMP 1.3, section 5).
import { decodeAnswer, encodeCall, Fault } from "./xmlrpc.js";

export const ADDRESS = "http://localhost:21012/";
const METHOD = "samp.webhub.";
const PULL_SECONDS = "30";
const LIVELY_MS = 20000, LIVELY_PAUSE_MS = 60, QUIET_PAUSE_MS = 150;

// There is nobody at the address.
export class NoHubError extends Error {}

export class Hub extends EventTarget {
  // Ask to be let in. The hub asks its user first: this may take long.
  async join(metadata, mtypes, signal) {
    const registration = await this.ask("register", [{ "samp.name": metadata["samp.name"] }], signal);
    this.key = registration["samp.private-key"];
    this.ownId = registration["samp.self-id"];
    this.hubId = registration["samp.hub-id"];
    this.translator = registration["samp.url-translator"] ?? "";
    await this.call("declareMetadata", metadata);
    await this.call("allowReverseCallbacks", "1");
    await this.call("declareSubscriptions", Object.fromEntries(mtypes.map((mtype) => [mtype, {}])));
    this.isOpen = true;
    this.listen();
  }

  call(method, ...params) {
    return this.ask(method, [this.key, ...params]);
  }

  notifyAll(mtype, params) {
    return this.call("notifyAll", { "samp.mtype": mtype, "samp.params": params });
  }

  reply(messageId, error) {
    const failed = { "samp.status": "samp.error", "samp.result": {}, "samp.error": { "samp.errortxt": error?.message } };
    return this.call("reply", messageId, error ? failed : { "samp.status": "samp.ok", "samp.result": {} });
  }

  // The address from which a page may read what another program serves: that program's own answers
  // seldom allow it.
  translate(url) {
    return this.translator ? this.translator + encodeURIComponent(url) : url;
  }

  async leave() {
    this.isOpen = false;
    await this.call("unregister");
  }

  // A page that goes away can send, but not wait. Text that is called plain needs no preflight.
  leaveAtOnce() {
    this.isOpen = false;
    navigator.sendBeacon(ADDRESS, encodeCall(`${METHOD}unregister`, [this.key]));
  }

  // Take messages until the hub goes. One hub answers when there is one, another at once: that is
  // asked again after a pause, a longer one when nothing has come for a while.
  async listen() {
    let last = performance.now();
    while (this.isOpen) {
      const asked = performance.now();
      const calls = await this.pull();
      if (calls.length) last = performance.now();
      else if (performance.now() - asked < QUIET_PAUSE_MS) {
        await sleep(asked - last < LIVELY_MS ? LIVELY_PAUSE_MS : QUIET_PAUSE_MS);
      }
      for (const call of calls) if (this.isOpen) this.pass(call);
    }
  }

  async pull() {
    try {
      const calls = await this.call("pullCallbacks", PULL_SECONDS);
      return Array.isArray(calls) ? calls : [];
    } catch (error) {
      if (error instanceof NoHubError || error instanceof Fault) this.lose();
      else this.tell("unreadable");
      return [];
    }
  }

  lose() {
    if (this.isOpen) this.tell("lost");
    this.isOpen = false;
  }

  pass(call) {
    const { "samp.methodName": method = "", "samp.params": given } = call;
    const [sender, tag, message = tag] = Array.isArray(given) ? given : [];
    const { "samp.mtype": mtype, "samp.params": params = {} } = message ?? {};
    if (method.endsWith("receiveResponse") || sender === this.ownId) return;
    const id = method.endsWith("receiveCall") ? tag : null;
    if (typeof mtype === "string") this.tell("message", { sender, id, mtype, params });
    else this.tell("unreadable");
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  async ask(method, params, signal) {
    let answer;
    try {
      const body = encodeCall(METHOD + method, params);
      answer = await fetch(ADDRESS, { method: "POST", headers: { "Content-Type": "text/xml" }, body, signal });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new NoHubError("No hub answers.");
    }
    return decodeAnswer(await answer.text());
  }
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
