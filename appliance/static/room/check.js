// The short check before the first recorded question: browser, camera, light, microphone; or another way to answer.

import { Light } from "./light.js";
import { Hearing } from "./loudness.js";
import { obstacle, wordFor } from "./recorder.js";
import { button, lines, mention, on, part, room, show, step, trouble } from "./view.js";
import { say } from "./words.js";

const LOOK_MS = 700;
const SETTLED_MS = 1200;
const SOUNDS = { wait: "waitMicrophone", good: "okMicrophone", none: "soundNone", quiet: "soundQuiet", clipped: "soundClipped", noisy: "soundNoisy" };
const LIGHTS = { good: "okLight", covered: "lightCovered", dark: "lightDark", bright: "lightBright", behind: "lightBehind" };

export class Check {
  /** `done()` when the candidate goes on; `fewer({voice, video})` when they choose to be recorded less. */
  constructor(devices, { done, fewer }) {
    this.devices = devices;
    this.done = done;
    this.fewer = fewer;
    this.lamp = new Light();
    on("check-start", () => this.start());
    on("check-done", () => this.#leave(done));
    on("only-voice", () => this.#leave(() => fewer({ voice: true, video: false })));
    on("only-text", () => this.#leave(() => fewer({ voice: false, video: false })));
  }

  /** Shows the step for a kind of answer, video or voice. */
  show(kind) {
    this.kind = kind;
    this.#stop();
    part("check-lead").textContent = say(kind === "video" ? "checkVideo" : "checkVoice");
    show(part("check-stage"), false);
    show(part("check-level"), false);
    show(button("check-start"));
    show(button("check-done"), false);
    show(button("only-voice"), kind === "video");
    trouble("check-trouble");
    lines(part("checks"), []);
    step("check");
  }

  async start() {
    trouble("check-trouble");
    const hindrance = obstacle(this.kind);
    if (hindrance) {
      trouble("check-trouble", say(hindrance));
      return;
    }
    try {
      const stream = await this.devices.open(this.kind);
      part("check-picture").srcObject = this.kind === "video" ? stream : null;
    } catch (error) {
      const word = await wordFor(error, this.kind);
      trouble("check-trouble", say(word));
      // Without a microphone voice is no way out either.
      if (word === "noMicrophone") show(button("only-voice"), false);
      return;
    }
    show(part("check-stage"), this.kind === "video");
    show(part("check-level"));
    show(button("check-start"), false);
    show(button("check-done"));
    button("check-done").focus();
    this.#judge();
  }

  #judge() {
    this.#stop();
    this.sound = "wait";
    this.light = "";
    this.spoken = {};
    const hearing = new Hearing();
    this.devices.listen(document.getElementById("check-meter"), (level) => {
      this.sound = hearing.add(level);
    });
    this.timer = setInterval(() => {
      if (room.dataset.at !== "check") {
        this.#stop();
        return;
      }
      if (this.kind === "video") this.light = this.lamp.look(part("check-picture"));
      this.tell();
    }, LOOK_MS);
    this.tell();
  }

  /** Shows what was found; what stays so for a moment is also said to a screen reader, once. */
  tell() {
    const found = [{ text: say("okBrowser"), mood: "good" }];
    if (this.kind === "video") {
      found.push({ text: say("okCamera"), mood: "good" });
      if (this.light) found.push({ text: say(LIGHTS[this.light]), mood: this.light === "good" ? "good" : "hint" });
    }
    const mood = { good: "good", wait: "", none: "bad" }[this.sound] ?? "hint";
    found.push({ text: say(SOUNDS[this.sound]), mood });
    const shown = found.map((one) => one.text).join("\n");
    if (shown !== this.shown) {
      this.shown = shown;
      lines(part("checks"), found);
    }
    button("check-done").textContent = say(["good", "wait", "noisy"].includes(this.sound) ? "checkGoOn" : "checkGoOnAnyway");
    const news = [this.#news("light", this.light, LIGHTS), this.#news("sound", this.sound, SOUNDS)].filter(Boolean);
    if (news.length) mention(news.join(" "));
  }

  /** What has been so for a moment and was not said yet. */
  #news(what, verdict, words) {
    const before = this.spoken[what];
    if (before?.verdict !== verdict) {
      this.spoken[what] = { verdict, since: performance.now(), said: before?.said };
    } else if (words[verdict] && before.said !== verdict && performance.now() - before.since > SETTLED_MS) {
      before.said = verdict;
      return say(words[verdict]);
    }
    return "";
  }

  #stop() {
    clearInterval(this.timer);
    this.shown = "";
  }

  #leave(onward) {
    this.#stop();
    return onward();
  }
}
