// A question to practise with: recorded in this page's memory, played back, never sent.

import { contentType, Recorder, wordFor } from "./recorder.js";
import { announce, button, on, part, room, show, step, trouble } from "./view.js";
import { face, say } from "./words.js";

const LONGEST_S = 30;

export class Practice {
  /** `done()` when the candidate goes on to the first question, with or without having practised. */
  constructor(devices, { done }) {
    this.devices = devices;
    this.done = done;
    on("practice-record", () => this.record());
    on("practice-stop", () => this.stop());
    on("practice-done", () => this.#leave());
    on("practice-skip", () => this.#leave());
  }

  show(kind) {
    this.kind = kind;
    this.recorder = null;
    this.#forget();
    trouble("practice-trouble");
    button("practice-record").textContent = say("practiceStart");
    this.#stand("before");
    step("practice");
  }

  async record() {
    trouble("practice-trouble");
    this.#forget();
    try {
      const stream = await this.devices.open(this.kind);
      part("practice-picture").srcObject = this.kind === "video" ? stream : null;
    } catch (error) {
      trouble("practice-trouble", say(await wordFor(error, this.kind)));
      return;
    }
    this.devices.listen(document.getElementById("practice-meter"));
    const stop = (news) => this.stop(news);
    this.recorder = new Recorder(this.devices.stream, contentType(this.kind), { onPiece: () => {}, onLost: (word) => stop(say(word)) });
    this.recorder.start();
    room.dataset.recording = "practice";
    this.#stand("while");
    button("practice-stop").focus();
    announce(say("recordingStarted"));
    const end = performance.now() + LONGEST_S * 1000;
    const tick = () => {
      const left = (end - performance.now()) / 1000;
      part("practice-clock").textContent = face(left);
      if (left <= 0) stop();
    };
    tick();
    this.timer = setInterval(tick, 250);
  }

  async stop(news = "") {
    const recorder = this.recorder;
    if (!recorder) return;
    this.recorder = null;
    clearInterval(this.timer);
    await recorder.stop();
    delete room.dataset.recording;
    const player = part("practice-replay");
    player.src = URL.createObjectURL(recorder.whole());
    player.classList.toggle("is-sound", this.kind === "voice");
    button("practice-record").textContent = say("practiceAgain");
    trouble("practice-trouble", news, true);
    this.#stand("after");
    button("practice-done").focus();
    announce(say("practiceStopped"));
  }

  async #leave() {
    if (this.recorder) await this.stop();
    this.#forget();
    part("practice-picture").srcObject = null;
    await this.done();
  }

  #forget() {
    clearInterval(this.timer);
    const player = part("practice-replay");
    if (player.src) URL.revokeObjectURL(player.src);
    player.removeAttribute("src");
  }

  #stand(at) {
    show(part("practice-stage"), at === "while" && this.kind === "video");
    show(part("practice-level"), at === "while");
    show(part("practice-time"), at === "while");
    show(part("practice-replay"), at === "after");
    show(button("practice-stop"), at === "while");
    show(button("practice-record"), at !== "while");
    button("practice-record").classList.toggle("primary", at === "before");
    show(button("practice-done"), at === "after");
    show(button("practice-skip"), at === "before");
  }
}
