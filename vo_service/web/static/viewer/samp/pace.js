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
    this.times = new Map();
  }

  add(key) {
    this.forget();
    this.times.delete(key);
    this.times.set(key, performance.now());
  }

  has(key) {
    this.forget();
    return this.times.has(key);
  }

  // The oldest stand first.
  forget() {
    const oldest = performance.now() - this.milliseconds;
    for (const [key, time] of this.times) {
      if (time >= oldest) return;
      this.times.delete(key);
    }
  }
}
