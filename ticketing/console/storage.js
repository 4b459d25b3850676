// What the browser keeps for the page. Where that is blocked, or has no room, the page keeps it.

class PageStorage {
  unstored = new Map();

  constructor(name) {
    try {
      this.stored = globalThis[name];
    } catch {
      // It is blocked.
    }
  }

  get(key) { return this.unstored.get(key) ?? this.stored?.getItem(key) ?? null; }

  set(key, text) {
    this.unstored.delete(key);
    try {
      this.stored.setItem(key, text);
    } catch {
      this.unstored.set(key, text);
    }
  }

  remove(key) {
    this.unstored.delete(key);
    this.stored?.removeItem(key);
  }

  keys() { return [...this.unstored.keys(), ...Object.keys(this.stored ?? {})]; }
}

/** That of all tabs, and that of this tab alone. */
export const ofBrowser = new PageStorage("localStorage");
export const ofTab = new PageStorage("sessionStorage");
