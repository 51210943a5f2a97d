// A typed answer: saved as it grows, on this device too while there is no network.

import { Away, isOver } from "./api.js";
import { on, part, trouble } from "./view.js";
import { say } from "./words.js";

const SAVE_AFTER_MS = 1200;
const TRY_AGAIN_MS = 4000;

export class Writing {
  /** `handIn(question, text)`, `leaveOut(question)`. */
  constructor(api, interview, { handIn, leaveOut }) {
    this.api = api;
    this.interview = interview;
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
    const here = kept(this.#place());
    this.text.value = here.length > (question.answer?.text ?? "").length ? here : (question.answer?.text ?? "");
    part("text-saved").textContent = "";
    this.#count();
  }

  /** The answer was handed in: nothing of it stays on the device. */
  forget() {
    clearTimeout(this.timer);
    keep(this.#place(), null);
    this.question = null;
  }

  #place() {
    // Several candidates may answer the same question on one device.
    return `room-text:${this.interview}:${this.question.id}`;
  }

  #changed() {
    this.#count();
    trouble("text-trouble");
    keep(this.#place(), this.text.value);
    part("text-saved").textContent = say("textSaving");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#save(), SAVE_AFTER_MS);
  }

  #count() {
    part("text-count").textContent = say("characters", { count: [...this.text.value].length });
  }

  async #save() {
    const { question } = this;
    try {
      await this.api.saveText(question.id, this.text.value);
      part("text-saved").textContent = say("textSaved");
    } catch (error) {
      // Handed in meanwhile: there is nothing left to save.
      if (question !== this.question) return;
      if (isOver(error)) {
        location.reload();
        return;
      }
      part("text-saved").textContent = error instanceof Away ? say("textAway") : error.message;
      this.timer = setTimeout(() => this.#save(), TRY_AGAIN_MS);
    }
  }
}

function kept(place) {
  try {
    return localStorage.getItem(place) ?? "";
  } catch {
    return "";
  }
}

/** Keeps a text on this device, or removes it. Where the browser forbids that, the server's copy must do. */
function keep(place, text) {
  try {
    if (text === null) localStorage.removeItem(place);
    else localStorage.setItem(place, text);
  } catch {
    // A private window.
  }
}
