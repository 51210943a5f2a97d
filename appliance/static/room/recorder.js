// Camera, microphone and recorder: opened once, recorded in pieces of about a second.

import { levelOf, READ_MS } from "./loudness.js";

const TYPES = {
  video: ["video/webm;codecs=vp8,opus", "video/webm;codecs=vp9,opus", "video/webm", "video/mp4;codecs=avc1.42E01E,mp4a.40.2", "video/mp4"],
  voice: ["audio/webm;codecs=opus", "audio/webm", "audio/mp4;codecs=mp4a.40.2", "audio/mp4"],
};
const PIECE_MS = 1000;
const SILENCED_MS = 1500;
const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 15, max: 24 } };

/** The recorder's type for a kind of answer, or undefined where this browser has none. */
export function contentType(kind) {
  if (!globalThis.MediaRecorder) return undefined;
  return TYPES[kind].find((type) => MediaRecorder.isTypeSupported(type));
}

/** Why recording is impossible before anybody is asked: "insecure", "noBrowser", or "". */
export function obstacle(kind) {
  if (!globalThis.isSecureContext || !navigator.mediaDevices) return "insecure";
  return contentType(kind) ? "" : "noBrowser";
}

/** The word for an error of getUserMedia; a device that is not there is named. */
export async function wordFor(error, kind) {
  if (error?.name === "NotAllowedError" || error?.name === "SecurityError") return "denied";
  if (error?.name === "NotReadableError" || error?.name === "AbortError") return "busy";
  let there;
  try {
    there = new Set((await navigator.mediaDevices.enumerateDevices()).map((device) => device.kind));
  } catch {
    return "missing";
  }
  if (!there.has("audioinput")) return "noMicrophone";
  return kind === "video" && !there.has("videoinput") ? "noCamera" : "missing";
}

export class Devices {
  constructor() {
    this.stream = null;
    this.kind = null;
    this.sound = null;
  }

  /** Opens what a kind of answer needs (an open camera is kept for it, and closed for voice). */
  async open(kind) {
    const usable = (track) => track.readyState === "live" && !track.muted;
    if (this.kind === kind && this.stream?.getTracks().every(usable)) return this.stream;
    this.close();
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: SOUND, video: kind === "video" ? PICTURE : false });
    this.kind = kind;
    return this.stream;
  }

  close() {
    this.sound?.close();
    this.sound = null;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.kind = null;
  }

  /** Shows the loudness (0 to 100) on a meter until another one is asked for; calls `onLevel` at each reading. */
  listen(meter, onLevel = () => {}) {
    if (!globalThis.AudioContext || !this.stream) return;
    this.sound ??= new AudioContext();
    const context = this.sound;
    context.resume();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    const source = context.createMediaStreamSource(this.stream);
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    clearInterval(this.listening);
    this.listening = setInterval(() => {
      if (context.state === "closed" || context !== this.sound) {
        clearInterval(this.listening);
        return;
      }
      // A browser that waits for a touch before it works with sound has measured nothing yet.
      if (context.state !== "running") return;
      analyser.getFloatTimeDomainData(samples);
      const level = levelOf(samples);
      // Decibels from -60 (silence) to -5 as 0 to 100: loudness as it is heard.
      meter.value = Math.max(0, Math.min(100, ((level.db + 60) / 55) * 100));
      onLevel(level);
    }, READ_MS);
  }
}

/** One segment being recorded. `onPiece(bytes, recordedMs)` in order; `onLost(word)` when a device goes away, or is
 *  taken by something else, as by a call: then the track falls silent and does not end. */
export class Recorder {
  constructor(stream, type, { onPiece, onLost }) {
    this.pieces = [];
    this.type = type;
    this.recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: 500000, audioBitsPerSecond: 48000 });
    this.delivery = Promise.resolve();
    this.recorder.ondataavailable = (event) => {
      if (!event.data.size) return;
      const recordedMs = this.elapsedMs();
      this.pieces.push(event.data);
      // Reading a blob is asynchronous: the chain keeps the order.
      this.delivery = this.delivery.then(async () => onPiece(await event.data.arrayBuffer(), recordedMs));
    };
    this.ended = new Promise((resolve) => {
      this.recorder.onstop = resolve;
    });
    const lost = (word) => this.recording && onLost(word);
    for (const track of stream.getTracks()) {
      track.addEventListener("ended", () => lost("lost"), { once: true });
      track.addEventListener("mute", () => {
        setTimeout(() => track.muted && lost(track.kind === "audio" ? "taken" : "lost"), SILENCED_MS);
      });
    }
    this.recorder.onerror = () => lost("lost");
  }

  get recording() {
    return this.recorder.state === "recording";
  }

  start() {
    this.startedAt = performance.now();
    this.recorder.start(PIECE_MS);
  }

  elapsedMs() {
    return (this.stoppedAt ?? performance.now()) - this.startedAt;
  }

  /** Stops and resolves when the last piece has been handed on. */
  async stop() {
    if (this.recorder.state !== "inactive") {
      this.stoppedAt = performance.now();
      this.recorder.stop();
      await this.ended;
    }
    await this.delivery;
  }

  /** What was recorded, to look at once more. */
  whole() {
    return new Blob(this.pieces, { type: this.type });
  }
}
