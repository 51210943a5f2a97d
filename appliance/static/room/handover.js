// Going on on another device: a code to scan, and a look now and then whether the other device has taken over.

import { Away, Refusal } from "./api.js";
import { button, mention, on, part, show, step, trouble } from "./view.js";
import { face, say } from "./words.js";

const LOOK_MS = 2500;

export class HandOver {
  /** `ready()` resolves when nothing waits to be sent; `back()` returns to where the candidate was. */
  constructor(api, { ready, back }) {
    this.api = api;
    this.ready = ready;
    on("hand-over", () => this.begin());
    on("hand-over-new", () => this.begin());
    on("hand-over-stay", () => {
      this.#stop();
      return back();
    });
  }

  async begin() {
    this.#stop();
    show(part("code"), false);
    show(button("hand-over-new"), false);
    trouble("hand-over-trouble");
    part("hand-over-lead").textContent = say("handOverWait");
    step("hand-over");
    try {
      await this.ready();
      const link = await this.api.handOver();
      part("code").src = link.qr;
    } catch (error) {
      part("hand-over-lead").textContent = "";
      trouble("hand-over-trouble", error instanceof Away ? say("away") : say("problem", { detail: error.message }));
      show(button("hand-over-new"));
      return;
    }
    show(part("code"));
    part("hand-over-lead").textContent = say("handOverScan");
    mention(say("handOverScan"));
    this.#count(performance.now() + 600_000);
    this.look = setInterval(() => this.#look(), LOOK_MS);
  }

  #count(end) {
    const tick = () => {
      const left = (end - performance.now()) / 1000;
      part("hand-over-left").textContent = left > 0 ? say("handOverLeft", { time: face(left) }) : say("handOverOver");
      if (left > 0) return;
      this.#stop();
      show(part("code"), false);
      show(button("hand-over-new"));
    };
    tick();
    this.timer = setInterval(tick, 1000);
  }

  /** Once the other device goes on, the server says so to this one, whose page then tells it. */
  async #look() {
    try {
      await this.api.state();
    } catch (error) {
      if (!(error instanceof Refusal) || error.status >= 500) return;
      this.#stop();
      location.reload();
    }
  }

  #stop() {
    clearInterval(this.timer);
    clearInterval(this.look);
    part("hand-over-left").textContent = "";
  }
}
