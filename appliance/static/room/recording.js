// A question answered by voice or video: time to think, recording, stop, look at it, hand it in.

import { contentType, obstacle, Recorder, wordFor } from "./recorder.js";
import { announce, button, on, part, room, show, trouble } from "./view.js";
import { face, length, say } from "./words.js";

const TICK_MS = 250;
const LEAST_LEFT_S = 5;
// Below this, in decibels, not even a whisper is in the recording.
const HEARD_DB = -55;

export class Recording {
  /** `handIn(question, segments)` when the candidate is content; `speech` reads the question out. */
  constructor(devices, uploader, speech, { handIn }) {
    this.devices = devices;
    this.uploader = uploader;
    this.speech = speech;
    this.recorder = null;
    on("record", () => this.record());
    on("stop", () => this.stop());
    on("continue", () => this.record());
    on("again", () => this.again());
    on("hand-in", () => handIn(this.question, this.segments));
    uploader.addEventListener("toolong", () => this.stop(say("tooLong")));
    uploader.addEventListener("dropped", (event) => this.#drop(event.detail));
  }

  get active() {
    return Boolean(this.recorder?.recording);
  }

  /** Whether something is recorded that was not handed in. */
  get pending() {
    return this.recordedS() > 0;
  }

  /** Takes up a question: anew, or with the segments that an earlier page has recorded. */
  async take(question, segments) {
    this.question = question;
    this.number = question.answer?.take ?? 1;
    this.segments = segments;
    this.quit();
    trouble("trouble");
    show(part("replay"), false);
    if (this.pending) {
      this.#review(say("interrupted", { time: length(this.recordedS()) }), true);
      return;
    }
    await this.think();
  }

  /** Milliseconds of the answer so far, the running segment included. */
  get clockMs() {
    // A running segment's description grows with its pieces; its recorder knows the rest.
    const before = this.segments.filter((one) => one !== this.running).reduce((sum, one) => sum + one.recordedMs, 0);
    return this.active ? before + this.recorder.elapsedMs() : this.recordedS() * 1000;
  }

  /** Whether the sound was measured while recording, and there was none. */
  get silent() {
    return this.loudest !== null && this.loudest < HEARD_DB;
  }

  /** Stops clocks and recorder without handing anything in. */
  quit() {
    clearInterval(this.timer);
    this.thinking = null;
    this.speech.stop();
    delete room.dataset.recording;
    if (this.active) this.recorder.stop();
    this.recorder = null;
    part("picture").srcObject = null;
  }

  /** Time to think, with the picture already there and after the question was read out; the recording begins by
   *  itself at its end. */
  async think() {
    this.#buttons("record");
    const thought = {};
    this.thinking = thought;
    if (!(await this.#open())) return;
    const { prepare_s: prepare, answer_s: answer } = this.question;
    this.#clock(prepare ? "think" : "left", prepare || answer);
    await this.speech.begin(part("question").textContent);
    if (this.thinking === thought && prepare) this.#count("think", prepare, () => this.record());
  }

  async record() {
    clearInterval(this.timer);
    this.thinking = null;
    // What the device says aloud has no place in the recording.
    this.speech.stop();
    trouble("trouble");
    show(part("replay"), false);
    if (!(await this.#open())) return;
    const type = contentType(this.question.kind);
    const segment = await this.uploader.begin(this.question.id, this.number, type);
    this.segments.push(segment);
    this.recorder = new Recorder(this.devices.stream, type, {
      onPiece: (bytes, recordedMs) => this.uploader.add(segment, bytes, recordedMs),
      onLost: (word) => this.stop(say(word)),
    });
    this.running = segment;
    this.loudest = null;
    const left = Math.max(LEAST_LEFT_S, this.question.answer_s - this.recordedS());
    this.recorder.start();
    this.#stayAwake();
    room.dataset.recording = "yes";
    show(part("badge"));
    part("clock").parentElement.classList.add("is-recording");
    this.#buttons("stop");
    button("stop").focus();
    announce(say("recordingStarted"));
    this.#count("left", left, () => this.stop(say("timeUp")));
  }

  async stop(news = "") {
    if (!this.recorder) return;
    clearInterval(this.timer);
    const recorder = this.recorder;
    this.recorder = null;
    await recorder.stop();
    this.wakeLock?.release();
    delete room.dataset.recording;
    show(part("badge"), false);
    part("clock").parentElement.classList.remove("is-recording");
    this.#replay(recorder.whole());
    announce(say("stopped", { time: length(this.recordedS()) }));
    this.#review(news || (this.silent ? say("silentAnswer") : ""), false);
  }

  async again() {
    if (!confirm(say("againSure"))) return;
    for (const segment of this.segments) await this.uploader.queue.forget(segment.key);
    this.segments = [];
    this.number += 1;
    show(part("replay"), false);
    trouble("trouble");
    await this.think();
  }

  /** Seconds recorded in all segments. */
  recordedS() {
    return this.segments.reduce((sum, segment) => sum + segment.recordedMs, 0) / 1000;
  }

  /** A segment that the server does not take is no part of the answer any more. */
  #drop(id) {
    if (!this.segments?.some((one) => one.key === id)) return;
    this.segments = this.segments.filter((one) => one.key !== id);
    if (!this.active && room.dataset.at === "question" && !this.pending) this.think();
  }

  #review(news, interrupted) {
    trouble("trouble", news, true);
    const left = this.question.answer_s - this.recordedS();
    const starts = this.question.retakes + 1 - this.number;
    const acts = ["hand-in"];
    if (left > LEAST_LEFT_S) acts.push("continue");
    if (starts > 0) acts.push("again");
    button("again").textContent = say("again", { count: starts });
    this.#buttons(...acts);
    // After an interruption going on is the likely wish, after a stop handing in: that one comes first.
    const [likely, other] = interrupted ? ["continue", "hand-in"] : ["hand-in", "continue"];
    button(likely).classList.add("primary");
    button(other).classList.remove("primary");
    button(likely).parentElement.prepend(button(likely), button(other));
    show(part("stage"), false);
    show(part("level"), false);
    this.#clock("recorded", this.recordedS());
    (interrupted && left > LEAST_LEFT_S ? button("continue") : button("hand-in")).focus();
  }

  async #open() {
    const hindrance = obstacle(this.question.kind);
    if (hindrance) {
      trouble("trouble", say(hindrance));
      return false;
    }
    try {
      const stream = await this.devices.open(this.question.kind);
      part("picture").srcObject = this.question.kind === "video" ? stream : null;
    } catch (error) {
      trouble("trouble", say(await wordFor(error, this.question.kind)));
      return false;
    }
    show(part("stage"), this.question.kind === "video");
    show(part("level"));
    this.devices.listen(document.getElementById("meter"), ({ db }) => {
      if (this.active) this.loudest = Math.max(this.loudest ?? db, db);
    });
    return true;
  }

  #replay(blob) {
    const player = part("replay");
    if (player.src) URL.revokeObjectURL(player.src);
    player.src = URL.createObjectURL(blob);
    player.classList.toggle("is-sound", this.question.kind === "voice");
    show(player, blob.size > 0);
  }

  #buttons(...wanted) {
    for (const act of ["record", "stop", "hand-in", "continue", "again"]) show(button(act), wanted.includes(act));
  }

  #clock(word, seconds) {
    part("clock-label").textContent = say(word);
    part("clock").textContent = face(seconds);
  }

  #count(word, seconds, atEnd) {
    clearInterval(this.timer);
    const end = performance.now() + seconds * 1000;
    let before = seconds;
    this.#clock(word, seconds);
    this.timer = setInterval(() => {
      const left = (end - performance.now()) / 1000;
      this.#clock(word, left);
      if (word === "left") {
        if (before > 30 && left <= 30) announce(say("thirtyLeft"));
        if (before > 10 && left <= 10) announce(say("tenLeft"));
      }
      if (word === "think" && before > 10 && left <= 10) announce(say("thinkTen"));
      before = left;
      if (left <= 0) {
        clearInterval(this.timer);
        atEnd();
      }
    }, TICK_MS);
  }

  async #stayAwake() {
    try {
      this.wakeLock = await navigator.wakeLock?.request("screen");
    } catch {
      // A phone that saves power may refuse; the recording goes on.
    }
  }
}
