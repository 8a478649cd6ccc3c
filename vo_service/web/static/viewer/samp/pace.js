// Acts at most so often, and always on the last.
export class Pace {
  constructor(act, milliseconds) {
    Object.assign(this, { act, milliseconds, next: 0, timer: null });
  }

  run(value) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.go(value), this.next - performance.now());
  }

  go(value) {
    this.next = performance.now() + this.milliseconds;
    this.act(value);
  }
}

// Knows what was there a moment ago.
export class Recent {
  constructor(milliseconds) {
    this.milliseconds = milliseconds;
    this.known = new Map();
  }

  set(key, value) {
    this.forget();
    this.known.delete(key);
    this.known.set(key, { value, time: performance.now() });
  }

  get(key) {
    this.forget();
    return this.known.get(key)?.value;
  }

  // The oldest stand first.
  forget() {
    const oldest = performance.now() - this.milliseconds;
    for (const [key, { time }] of this.known) {
      if (time >= oldest) return;
      this.known.delete(key);
    }
  }
}
