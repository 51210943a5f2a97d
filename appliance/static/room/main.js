// The room: where the candidate stands, the next step, and one way forward at a time.

import { Api, Away, isOver, Refusal } from "./api.js";
import { Check } from "./check.js";
import { HandOver } from "./handover.js";
import { Practice } from "./practice.js";
import { Queue } from "./queue.js";
import { Devices } from "./recorder.js";
import { Recording } from "./recording.js";
import { Speech } from "./speech.js";
import { holdAlone } from "./tabs.js";
import { pause, Uploader } from "./uploader.js";
import { button, lines, on, part, room, show, step, tellSaved, trail, trouble } from "./view.js";
import { Watch } from "./watch.js";
import { length, say } from "./words.js";
import { Writing } from "./writing.js";

const LEADS = { video: "leadVideo", voice: "leadVoice", text: "leadText" };
const TRY_AGAIN_MS = [500, 1000, 2000, 4000, 8000];
const FOLLOW_UP_WAIT_MS = 6000;
const FOLLOW_UP_LOOK_MS = 500;
const AWAY_LONG_MS = 60_000;

class Room {
  constructor(api, queue, state) {
    this.api = api;
    this.queue = queue;
    this.state = state;
    this.devices = new Devices();
    this.uploader = new Uploader(api, queue);
    this.speech = new Speech(state.language);
    this.watch = new Watch(api);
    this.checked = false;
    this.check = new Check(this.devices, { done: () => this.#checked(), fewer: (choice) => this.#fewer(choice) });
    this.practice = new Practice(this.devices, { done: () => this.#introduce(this.question) });
    this.recording = new Recording(this.devices, this.uploader, this.speech, {
      handIn: (question, segments) => this.#handInRecording(question, segments),
    });
    this.handOver = new HandOver(api, { ready: () => this.#beforeHandOver(), back: () => this.next() });
    this.writing = new Writing(api, state.interview_id, {
      handIn: (question, text) => this.#handIn(question, { text }),
      leaveOut: (question) => this.#handIn(question, { text: "", skip: true }),
    });
    on("show-question", () => this.#ask());
    on("write", () => this.#write());
    on("speak", () => this.#ask());
    on("finish", () => this.#finish());
    this.#listen();
  }

  get question() {
    return this.state.questions.find((question) => !question.answer || question.answer.state === "recording");
  }

  /** Shows the next thing to do. */
  async next() {
    const { questions } = this.state;
    const question = this.question;
    if (!question) {
      this.devices.close();
      this.watch.end();
      trail(questions.length, questions.length, "");
      step("finish");
      return;
    }
    trail(questions.length, questions.indexOf(question), this.#place(question));
    if (question.kind !== "text" && (await this.#segments(question)).length) {
      await this.#ask();
    } else if (question.kind !== "text" && !this.checked) {
      this.check.show(questions.some((one) => one.kind === "video" && !isDone(one)) ? "video" : "voice");
    } else {
      this.#introduce(question);
    }
  }

  #place(question) {
    const { questions } = this.state;
    const before = question.follows && questions.find((one) => one.id === question.follows);
    if (before) return say("placeFollowUp", { number: before.number });
    return say("place", { number: question.number, total: questions.length });
  }

  #introduce(question) {
    const typed = question.kind === "text";
    part("intro-title").textContent = this.#place(question);
    part("intro-lead").textContent = say(LEADS[question.kind]);
    const facts = [];
    if (!typed) {
      facts.push(question.prepare_s ? say("factPrepare", { time: length(question.prepare_s) }) : say("factPrepareNone"));
      facts.push(say("factAnswer", { time: length(question.answer_s) }));
      const starts = ["factRetakesNone", "factRetakesOnce"][question.retakes] ?? "factRetakes";
      facts.push(say(starts, { count: question.retakes }));
    } else {
      facts.push(say("factAnswerText", { time: length(question.answer_s) }));
    }
    facts.push(say(typed ? "factSavedText" : "factSaved"));
    lines(part("intro-facts"), facts);
    step("intro");
    button("show-question").focus();
  }

  /** Puts the question in the way it is answered. */
  async #ask() {
    const question = this.question;
    part("question").textContent = this.state.language === "en" ? question.text_en : question.text_zh;
    const typed = question.kind === "text";
    this.#way(typed ? "write" : "record");
    step("question");
    if (typed) {
      this.#writeNow(question);
      await this.speech.begin(part("question").textContent);
    } else {
      this.watch.begin(question.id, () => this.recording.clockMs);
      await this.recording.take(question, await this.#segments(question));
    }
  }

  #writeNow(question) {
    const since = performance.now();
    this.watch.begin(question.id, () => performance.now() - since);
    this.writing.take(question);
  }

  async #write() {
    if (this.recording.active) await this.recording.stop();
    if (this.recording.pending && !confirm(say("writeSure"))) return;
    this.recording.quit();
    this.#way("write");
    show(button("speak"));
    this.#writeNow(this.question);
    part("text").focus();
  }

  #way(name) {
    for (const element of room.querySelectorAll("[data-part]")) show(element, element.dataset.part === name);
    show(button("speak"), false);
  }

  /** A question's segments of the current take: those of the server, with what this device knows better. */
  async #segments(question) {
    const take = question.answer?.take ?? 1;
    const here = (await this.queue.segments()).filter((one) => one.question === question.id && one.take >= take);
    const known = new Set(here.map((one) => one.key));
    const there = (question.answer?.segments ?? []).filter((one) => one.offset > 0 && !known.has(one.id));
    return [...there.map((one) => ({ key: one.id, size: one.offset, recordedMs: one.recorded_ms })), ...here.filter((one) => one.size)];
  }

  async #handInRecording(question, segments) {
    // Whoever has just recorded has shown that the devices work.
    this.checked ||= this.devices.kind !== null;
    this.recording.quit();
    await this.#handIn(question, { segments: segments.map((one) => ({ id: one.key, size: one.size })) });
  }

  /** Waits until everything has arrived, hands the answer in and goes on. */
  async #handIn(question, body) {
    this.speech.stop();
    this.watch.end();
    part("saving").value = 0;
    part("saving-lead").textContent = say("savingLeft", { done: 0, total: 1 });
    this.largest = this.queue.heldBytes;
    this.#showSaving();
    step("saving");
    for (let failures = 0; ; failures += 1) {
      try {
        if (body.segments) await this.uploader.settled();
        await this.api.submit(question.id, body);
        break;
      } catch (error) {
        if (this.uploader.stopped) return;
        if (error instanceof Refusal && error.code === "incomplete" && !this.queue.heldBytes) {
          // Nothing waits here any more, and there is less over there: an answer was cut at its largest size.
          body = { segments: await this.#arrived(question) };
        } else if (error instanceof Refusal && error.status < 500 && error.code !== "incomplete") {
          await this.#refused(error);
          return;
        }
        tellSaved("away", say("handInFailed"));
        await pause(TRY_AGAIN_MS[Math.min(failures, TRY_AGAIN_MS.length - 1)]);
      }
    }
    this.writing.question = question;
    this.writing.forget();
    for (const segment of await this.queue.segments()) if (segment.question === question.id) await this.queue.forget(segment.key);
    question.answer = { ...(question.answer ?? {}), state: "submitted", segments: [] };
    tellSaved("saved", say("saved"));
    await this.#lookForFollowUp();
    await this.next();
  }

  /** What the server has of a question's recording. */
  async #arrived(question) {
    const state = await this.api.state().catch(() => this.state);
    const there = state.questions.find((one) => one.id === question.id)?.answer?.segments ?? [];
    return there.filter((one) => one.offset).map((one) => ({ id: one.id, size: one.offset }));
  }

  /** The next question may be made from the answer just given; the interview goes on without it after a while. */
  async #lookForFollowUp() {
    const until = performance.now() + FOLLOW_UP_WAIT_MS;
    for (;;) {
      try {
        this.state = await this.api.state();
      } catch (error) {
        if (isOver(error)) location.reload();
        return;
      }
      if (!this.state.follow_up_pending || performance.now() >= until) return;
      step("follow-up");
      await pause(FOLLOW_UP_LOOK_MS);
    }
  }

  /** Everything said so far is with the server, so that the other device can go on from it. */
  async #beforeHandOver() {
    this.speech.stop();
    if (this.recording.active) await this.recording.stop();
    this.recording.quit();
    this.devices.close();
    await this.uploader.settled();
  }

  async #refused(error) {
    if (isOver(error)) {
      location.reload();
      return;
    }
    this.state = await this.api.state().catch(() => this.state);
    await this.next();
    trouble(room.dataset.at === "question" ? "trouble" : "check-trouble", say("problem", { detail: error.message }));
  }

  /** The devices work: a question to practise with before the first one that counts. */
  async #checked() {
    this.checked = true;
    if (this.state.questions.some(isDone)) this.#introduce(this.question);
    else this.practice.show(this.check.kind);
  }

  /** Being recorded less: told to the server first, so that it holds after a reload too. */
  async #fewer(choice) {
    try {
      await this.api.choices(choice.voice, choice.video);
      this.devices.close();
      this.state = await this.api.state();
    } catch (error) {
      trouble("check-trouble", error instanceof Away ? say("away") : say("problem", { detail: error.message }));
      return;
    }
    await this.next();
  }

  async #finish() {
    trouble("finish-trouble");
    try {
      await this.uploader.settled();
      await this.api.finish();
      this.over = true;
      await this.queue.discard(queueName(this.state));
      location.reload();
    } catch (error) {
      trouble("finish-trouble", error instanceof Away ? say("away") : say("problem", { detail: error.message }));
    }
  }

  #listen() {
    const uploader = this.uploader;
    uploader.addEventListener("progress", (event) => {
      if (uploader.failures === 0) tellSaved("saving", say("saving"));
      this.largest = Math.max(this.largest ?? 0, event.detail);
      this.#showSaving();
    });
    uploader.addEventListener("saved", () => {
      if (this.question) tellSaved("saved", say("saved"));
      this.#showSaving();
    });
    uploader.addEventListener("away", () => tellSaved("away", say("away")));
    uploader.addEventListener("full", () => tellSaved("away", say("full")));
    uploader.addEventListener("refused", (event) => trouble("trouble", event.detail || say("partLost")));
    for (const end of ["elsewhere", "over"]) {
      uploader.addEventListener(end, () => {
        this.over = true;
        this.recording.quit();
        location.reload();
      });
    }
    addEventListener("beforeunload", (event) => {
      if (this.over || (!this.recording.active && !this.queue.heldBytes)) return;
      event.preventDefault();
      event.returnValue = "";
    });
    addEventListener("offline", () => this.recording.active && tellSaved("away", say("away")));
    document.addEventListener("visibilitychange", () => this.#backAgain());
    if (this.queue.heldBytes) uploader.now();
  }

  /** A tab that lay open for hours may belong to an interview that has closed, or went on elsewhere. */
  async #backAgain() {
    if (document.hidden) {
      this.hiddenAt = performance.now();
      return;
    }
    if (!this.hiddenAt || performance.now() - this.hiddenAt < AWAY_LONG_MS || this.recording.active) return;
    try {
      await this.api.state();
    } catch (error) {
      if (isOver(error)) location.reload();
    }
  }

  /** Another tab of this browser goes on: this one lets go of everything and says so. */
  async leave() {
    this.over = true;
    this.speech.stop();
    if (this.recording.active) await this.recording.stop();
    this.recording.quit();
    this.uploader.stop();
    this.devices.close();
    tellSaved("", "");
    step("twice");
  }

  #showSaving() {
    const total = this.largest ?? 0;
    const share = total ? Math.round((1 - this.queue.heldBytes / total) * 100) : 100;
    part("saving").value = share;
    part("saving-lead").textContent = say("savingLeft", { done: `${share}%`, total: "100%" });
  }
}

function isDone(question) {
  return Boolean(question.answer) && question.answer.state !== "recording";
}

async function loaded(api) {
  for (let failures = 0; ; failures += 1) {
    try {
      return await api.state();
    } catch (error) {
      if (error instanceof Refusal && error.status < 500) {
        location.reload();
        await pause(10000);
      }
      tellSaved("away", say("away"));
      await pause(TRY_AGAIN_MS[Math.min(failures, TRY_AGAIN_MS.length - 1)]);
    }
  }
}

function queueName(state) {
  return `room-${state.interview_id}`;
}

const api = new Api(room.dataset.base);
const state = await loaded(api);
tellSaved("", "");
// One queue and one lock an interview: two links opened in one browser do not mix.
const name = queueName(state);
let here = null;
on("go-on-here", async () => {
  await holdAlone(name, () => {}, { steal: true });
  location.reload();
});
if (await holdAlone(name, () => here?.leave())) {
  here = new Room(api, await Queue.open(name), state);
  await here.next();
} else {
  step("twice");
}
