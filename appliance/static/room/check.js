// The short check before the first recorded question: browser, camera, microphone; or another way to answer.

import { obstacle, wordFor } from "./recorder.js";
import { button, lines, on, part, show, step, trouble } from "./view.js";
import { say } from "./words.js";

export class Check {
  /** `done()` when the candidate goes on; `fewer({voice, video})` when they choose to be recorded less. */
  constructor(devices, { done, fewer }) {
    this.devices = devices;
    on("check-start", () => this.start());
    on("check-done", done);
    on("only-voice", () => fewer({ voice: true, video: false }));
    on("only-text", () => fewer({ voice: false, video: false }));
  }

  /** Shows the step for a kind of answer, video or voice. */
  show(kind) {
    this.kind = kind;
    this.heard = false;
    this.ready = false;
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
      trouble("check-trouble", say(wordFor(error)));
      return;
    }
    this.ready = true;
    show(part("check-stage"), this.kind === "video");
    show(part("check-level"));
    show(button("check-start"), false);
    show(button("check-done"));
    button("check-done").focus();
    this.devices.listen(document.getElementById("check-meter"), () => {
      this.heard = true;
      this.tell();
    });
    this.tell();
  }

  tell() {
    const found = [{ text: say("okBrowser"), mood: "good" }];
    if (this.kind === "video") found.push({ text: say("okCamera"), mood: "good" });
    found.push(this.heard ? { text: say("okMicrophone"), mood: "good" } : { text: say("waitMicrophone") });
    lines(part("checks"), found);
  }
}
