// What the page notices while a question is answered, as the notice says: leaving it, pasting (the length alone),
// a device that comes or goes. Context for a person; it never stops or warns the candidate.

import { Refusal } from "./api.js";

const SEND_AFTER_MS = 2000;
const TRY_AGAIN_MS = 8000;
const AT_ONCE = 50;
const MOST_HELD = 200;
const LEAST_AWAY_MS = 500;

export class Watch {
  constructor(api) {
    this.api = api;
    this.held = [];
    this.question = null;
    document.addEventListener("visibilitychange", () => this.#seen());
    document.getElementById("text").addEventListener("paste", (event) => {
      const characters = [...(event.clipboardData?.getData("text") ?? "")].length;
      if (characters) this.#note("pasted", { characters });
    });
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.#note("device_changed", {}));
  }

  /** A question is answered from now on; `clock()` tells the milliseconds since its answer began. */
  begin(question, clock) {
    this.question = question;
    this.clock = clock;
    this.leftAt = null;
  }

  /** The question is answered: what was noticed is sent without waiting. */
  end() {
    this.question = null;
    this.#soon(0);
  }

  #seen() {
    if (!this.question) return;
    if (document.hidden) {
      this.leftAt = { now: performance.now(), at: this.clock() };
    } else if (this.leftAt) {
      const away = performance.now() - this.leftAt.now;
      if (away >= LEAST_AWAY_MS) this.#note("left_page", { length_ms: Math.round(away) }, this.leftAt.at);
      this.leftAt = null;
    }
  }

  #note(kind, more, at = this.question && this.clock()) {
    if (!this.question || this.held.length >= MOST_HELD) return;
    let at_ms = Math.max(0, Math.round(at));
    const taken = (moment) => this.held.some((one) => one.question === this.question && one.kind === kind && one.at_ms === moment);
    // Before the recording begins its clock stands still: events stay apart by a millisecond.
    while (at_ms <= this.latest?.[this.question + kind] || taken(at_ms)) at_ms += 1;
    this.latest = { ...this.latest, [this.question + kind]: at_ms };
    this.held.push({ kind, question: this.question, at_ms, ...more });
    this.#soon(SEND_AFTER_MS);
  }

  #soon(wait) {
    clearTimeout(this.timer);
    if (this.held.length) this.timer = setTimeout(() => this.#send(), wait);
  }

  async #send() {
    const batch = this.held.slice(0, AT_ONCE);
    if (!batch.length || this.sending) return;
    this.sending = true;
    try {
      await this.api.events(batch);
      this.held.splice(0, batch.length);
      this.#soon(0);
    } catch (error) {
      if (error instanceof Refusal && error.status < 500 && error.status !== 429) this.held.splice(0, batch.length);
      this.#soon(TRY_AGAIN_MS);
    } finally {
      this.sending = false;
    }
  }
}
