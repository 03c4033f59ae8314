// Messages on their way. They survive a reload and a lost connection, and are sent again with the same key,
// so that the server takes each of them once.

/** An identifier that also works where the page is not served over TLS. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Outbox {
  constructor(session) {
    this.name = `rientro:outbox:${session}`;
    try {
      this.items = JSON.parse(sessionStorage.getItem(this.name)) ?? [];
    } catch {
      this.items = [];
    }
  }

  get first() {
    return this.items[0];
  }

  /** `body` is what the API takes: {text} or {payload}; `shown` the words in the transcript. */
  add(body, shown) {
    const item = { key: newKey(), body, shown };
    this.items.push(item);
    this.#save();
    return item;
  }

  done(item) {
    this.items = this.items.filter((other) => other.key !== item.key);
    this.#save();
  }

  #save() {
    try {
      if (this.items.length) sessionStorage.setItem(this.name, JSON.stringify(this.items));
      else sessionStorage.removeItem(this.name);
    } catch {
      // No storage: the messages still live as long as the page.
    }
  }
}
