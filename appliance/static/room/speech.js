// The question read out by a voice of this device. Voices that send the text over a network are never used:
// where no local one speaks the language, nothing of this is shown.

import { button, on, part, show } from "./view.js";
import { say } from "./words.js";

const CHOICE = "room-read-out";
const LEAST_MS = 8000;
const A_CHARACTER_MS = 450;

/** The best local voice for "zh" or "en", or undefined. */
export function localVoice(voices, language) {
  const tags = language === "en" ? [/^en\b/i] : [/^zh[-_](CN|Hans)/i, /^cmn/i, /^zh\b(?![-_](HK|MO))/i];
  const local = voices.filter((voice) => voice.localService);
  for (const tag of tags) {
    const fitting = local.filter((voice) => tag.test(voice.lang));
    if (fitting.length) return fitting.find((voice) => voice.default) ?? fitting[0];
  }
  return undefined;
}

export class Speech {
  constructor(language) {
    this.language = language;
    this.synthesis = globalThis.speechSynthesis;
    this.speaking = null;
    // Not waited for: while it reads, the same button stops it.
    on("read-out", () => {
      if (this.speaking) this.stop();
      else this.read(this.text);
    });
    part("read-choice").addEventListener("change", (event) => {
      keep(event.target.checked ? "on" : "off");
    });
    this.synthesis?.addEventListener?.("voiceschanged", () => this.#offer());
    addEventListener("pagehide", () => this.stop());
    this.#offer();
  }

  get voice() {
    return this.synthesis ? localVoice(this.synthesis.getVoices(), this.language) : undefined;
  }

  get wanted() {
    return kept() !== "off";
  }

  /** A question has come into view: read it unless the candidate has chosen otherwise. Resolves when it is quiet. */
  async begin(text) {
    this.stop();
    this.text = text;
    this.#offer();
    if (this.voice && this.wanted) await this.read(text);
  }

  /** Reads aloud; resolves at the end or when it was stopped. */
  read(text) {
    const voice = this.voice;
    if (!voice) return Promise.resolve();
    this.stop();
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.voice = voice;
    utterance.lang = voice.lang;
    utterance.rate = 0.95;
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(guard);
        if (this.speaking !== end) return;
        this.speaking = null;
        this.#tell();
        resolve();
      };
      // Some browsers forget to say that they have finished.
      const guard = setTimeout(end, Math.max(LEAST_MS, text.length * A_CHARACTER_MS));
      this.speaking = end;
      utterance.onend = end;
      utterance.onerror = end;
      this.synthesis.speak(utterance);
      this.#tell();
    });
  }

  stop() {
    if (!this.speaking) return;
    const end = this.speaking;
    this.synthesis.cancel();
    end();
  }

  #offer() {
    const possible = Boolean(this.voice);
    show(button("read-out"), possible);
    show(part("read-wish"), possible);
    part("read-choice").checked = this.wanted;
    this.#tell();
  }

  #tell() {
    const speaking = Boolean(this.speaking);
    button("read-out").textContent = say(speaking ? "readStop" : "readAloud");
    part("question").classList.toggle("is-read", speaking);
    show(part("reading"), speaking);
  }
}

function kept() {
  try {
    return localStorage.getItem(CHOICE);
  } catch {
    return null;
  }
}

function keep(choice) {
  try {
    localStorage.setItem(CHOICE, choice);
  } catch {
    // A private window keeps nothing; the choice holds until the page is closed.
  }
}
