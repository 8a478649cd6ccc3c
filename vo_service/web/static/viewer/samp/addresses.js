// Addresses of this service as other programs write them.
import { MOST_ROWS } from "../list.js";

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

export class Addresses {
  // `root` is where the page finds the service, `base` how the service calls itself.
  constructor(root, base) {
    this.roots = [new URL(root, location.href), new URL(`${base}/`, location.href)];
    this.base = base;
  }

  // The path of an address below the service; null for one of another place.
  within(address) {
    const url = URL.canParse(address) ? new URL(address) : null;
    const root = url && this.roots.find((known) => isSamePlace(url, known) && url.pathname.startsWith(known.pathname));
    return root ? url.pathname.slice(root.pathname.length) + url.search : null;
  }

  // The identifier in the address of a spectrum; null for any other.
  spectrum(address) {
    return this.within(address)?.match(/^spectra\/(-?\d+)(\?|$)/)?.[1] ?? null;
  }

  // Where anybody fetches the rows of a query.
  table(query) {
    const asked = new URLSearchParams({ LANG: "ADQL", RESPONSEFORMAT: "votable/td", MAXREC: MOST_ROWS, QUERY: query });
    return `${this.base}/tap/sync?${asked}`;
  }
}

function isSamePlace(one, other) {
  const isHost = one.hostname === other.hostname || (LOOPBACK.test(one.hostname) && LOOPBACK.test(other.hostname));
  return isHost && one.port === other.port;
}
