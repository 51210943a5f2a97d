// Sends what is queued, in order, one piece at a time; waits longer after each failure and goes on by itself.
//
// Tells its listeners: "progress" (bytes still here), "away", "full", "saved", "toolong" (segment id), "refused"
// (why) with "dropped" (segment id), "elsewhere" (another device has taken over) and "over" (the interview's door
// has closed).

import { Away, isOver, Refusal } from "./api.js";

const BACKOFF_MS = [500, 1000, 2000, 4000, 8000, 15000];

export class Uploader extends EventTarget {
  constructor(api, queue) {
    super();
    this.api = api;
    this.queue = queue;
    this.failures = 0;
    this.running = null;
    this.wake = null;
    this.stopped = false;
    // Segments of which the server takes no more: what their recorder still delivers is not kept.
    this.closed = new Set();
    addEventListener("online", () => this.now());
  }

  /** A new segment of an answer; resolves with its description. */
  async begin(question, take, contentType) {
    // A count and not a clock: clocks are set back.
    const order = Math.max(0, ...(await this.queue.segments()).map((one) => one.order)) + 1;
    const segment = { key: newId(), question, take, contentType, created: false, size: 0, recordedMs: 0, order };
    await this.queue.keepSegment(segment);
    return segment;
  }

  /** Queues a piece of a segment and sets off sending. */
  async add(segment, bytes, recordedMs) {
    if (bytes.byteLength && !this.closed.has(segment.key)) {
      await this.queue.keepPiece({ key: [segment.key, segment.size], bytes, recordedMs });
      segment.size += bytes.byteLength;
      segment.recordedMs = recordedMs;
      // `created` is the sender's to change; it may have done so since.
      const stored = await this.queue.segment(segment.key);
      await this.queue.keepSegment({ ...segment, created: stored?.created ?? segment.created });
    }
    this.now();
  }

  /** Sends now instead of at the end of the waiting time. */
  now() {
    this.wake?.();
    this.running ??= this.#run().finally(() => {
      this.running = null;
    });
  }

  /** Resolves when nothing is queued any more; rejects when the room is closed. */
  async settled() {
    for (;;) {
      if (this.stopped) throw new Error("closed");
      if (!(await this.#work())) return;
      this.now();
      await pause(300);
    }
  }

  async #work() {
    for (const segment of await this.queue.segments()) {
      const piece = await this.queue.first(segment.key);
      if (piece) return { segment, piece };
    }
    return null;
  }

  async #run() {
    while (!this.stopped) {
      const work = await this.#work();
      if (!work) {
        this.#tell("saved");
        return;
      }
      this.#tell("progress", this.queue.heldBytes);
      try {
        await this.#send(work);
        this.failures = 0;
      } catch (error) {
        if (!(await this.#bear(error, work))) return;
      }
    }
  }

  async #send({ segment, piece }) {
    if (!segment.created) {
      await this.api.create(segment.question, segment.key, segment.contentType, segment.take);
      const latest = (await this.queue.segment(segment.key)) ?? segment;
      await this.queue.keepSegment({ ...latest, created: true });
    }
    await this.api.append(segment.key, piece.key[1], piece.bytes, piece.recordedMs);
    await this.queue.removePiece(piece);
  }

  /** Deals with a failure; false when sending must stop. */
  async #bear(error, work) {
    if (error instanceof Refusal) {
      if (error.code === "offset_mismatch" && error.offset !== null) return this.#realign(work.piece, error.offset);
      if (error.code === "other_device") return this.#stop("elsewhere");
      if (isOver(error)) return this.#stop("over");
      if (error.status === 413) {
        await this.#close(work.segment.key);
        this.#tell("toolong", work.segment.key);
        return true;
      }
      if (error.status < 500 && error.code !== "checksum_mismatch" && error.status !== 429) {
        // Nothing that trying again would cure: the answer was handed in or started anew elsewhere.
        await this.#close(work.segment.key);
        this.#tell("refused", error.message);
        this.#tell("dropped", work.segment.key);
        return true;
      }
      this.#tell(error.status === 507 ? "full" : "away");
    } else if (error instanceof Away) {
      this.#tell("away");
    } else {
      throw error;
    }
    const wait = BACKOFF_MS[Math.min(this.failures, BACKOFF_MS.length - 1)];
    this.failures += 1;
    await new Promise((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, wait * (0.8 + Math.random() * 0.4));
    });
    this.wake = null;
    return true;
  }

  /** The server stands elsewhere than this piece: it was stored (its answer was lost), in whole or in part. */
  async #realign(piece, expected) {
    const [id, start] = piece.key;
    if (expected >= start + piece.bytes.byteLength) {
      await this.queue.removePiece(piece);
    } else if (expected > start) {
      await this.queue.keepPiece({ key: [id, expected], bytes: piece.bytes.slice(expected - start), recordedMs: piece.recordedMs });
      await this.queue.removePiece(piece);
    } else {
      await this.#close(id);
      this.#tell("refused", "");
      this.#tell("dropped", id);
    }
    return true;
  }

  /** Sends nothing more from this page. */
  stop() {
    this.stopped = true;
    this.wake?.();
  }

  async #close(id) {
    this.closed.add(id);
    await this.queue.forget(id);
  }

  #stop(what) {
    this.stopped = true;
    this.#tell(what);
    return false;
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
