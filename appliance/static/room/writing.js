// A typed answer: saved as it grows, on this device too while there is no network.

import { Away } from "./api.js";
import { on, part, trouble } from "./view.js";
import { say } from "./words.js";

const SAVE_AFTER_MS = 1200;
const TRY_AGAIN_MS = 4000;

export class Writing {
  /** `handIn(question, text)`, `leaveOut(question)`. */
  constructor(api, { handIn, leaveOut }) {
    this.api = api;
    this.text = part("text");
    this.text.addEventListener("input", () => this.#changed());
    on("hand-in-text", () => {
      if (!this.text.value.trim()) {
        trouble("text-trouble", say("textEmpty"));
        this.text.focus();
        return undefined;
      }
      return handIn(this.question, this.text.value);
    });
    on("leave-out", () => (confirm(say("leaveOutSure")) ? leaveOut(this.question) : undefined));
  }

  take(question) {
    this.question = question;
    clearTimeout(this.timer);
    trouble("text-trouble");
    const here = localStorage.getItem(this.#place()) ?? "";
    this.text.value = here.length > (question.answer?.text ?? "").length ? here : (question.answer?.text ?? "");
    part("text-saved").textContent = "";
    this.#count();
  }

  /** The answer was handed in: nothing of it stays on the device. */
  forget() {
    clearTimeout(this.timer);
    localStorage.removeItem(this.#place());
  }

  #place() {
    return `room-text:${this.question.id}`;
  }

  #changed() {
    this.#count();
    trouble("text-trouble");
    localStorage.setItem(this.#place(), this.text.value);
    part("text-saved").textContent = say("textSaving");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#save(), SAVE_AFTER_MS);
  }

  #count() {
    part("text-count").textContent = say("characters", { count: [...this.text.value].length });
  }

  async #save() {
    try {
      await this.api.saveText(this.question.id, this.text.value);
      part("text-saved").textContent = say("textSaved");
    } catch (error) {
      part("text-saved").textContent = error instanceof Away ? say("textAway") : error.message;
      this.timer = setTimeout(() => this.#save(), TRY_AGAIN_MS);
    }
  }
}
