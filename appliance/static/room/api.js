// The room's verbs on the server. A `Refusal` is our server's no; `Away` is no answer, or somebody else's: the
// sign-in page of a train's network answers everything and has stored nothing.

export class Away extends Error {}

export class Refusal extends Error {
  constructor(status, code, detail, offset) {
    super(detail);
    this.status = status;
    this.code = code;
    this.offset = offset;
  }
}

/** Whether this page is no longer the one that goes on: another device, or a closed door. */
export function isOver(error) {
  return error instanceof Refusal && (error.status === 410 || ["other_device", "link_unknown"].includes(error.code));
}

const WAIT_MS = 30000;

export class Api {
  constructor(base) {
    this.base = base;
  }

  state() {
    return this.#json("GET", "/state");
  }

  create(question, id, contentType, take) {
    return this.#json("POST", `/answers/${encodeURIComponent(question)}/recordings`, { id, content_type: contentType, take });
  }

  /** Sends a piece (tus 1.0.0) and resolves with the new offset. */
  async append(id, offset, bytes, recordedMs) {
    const headers = {
      "Tus-Resumable": "1.0.0",
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(offset),
      "Recorded-Ms": String(Math.round(recordedMs)),
    };
    if (globalThis.crypto?.subtle) headers["Upload-Checksum"] = `sha256 ${await sha256(bytes)}`;
    const answer = await this.#send("PATCH", `/recordings/${id}`, { headers, body: bytes });
    const stored = Number(answer.headers.get("Upload-Offset") ?? NaN);
    if (!(stored >= offset + bytes.byteLength)) throw new Away();
    return stored;
  }

  saveText(question, text) {
    return this.#json("PUT", `/answers/${encodeURIComponent(question)}/text`, { text });
  }

  submit(question, body) {
    return this.#json("POST", `/answers/${encodeURIComponent(question)}/submit`, body);
  }

  choices(voice, video) {
    return this.#json("POST", "/choices", { voice, video });
  }

  events(events) {
    return this.#json("POST", "/events", { events });
  }

  handOver() {
    return this.#json("POST", "/handover", {});
  }

  finish() {
    return this.#json("POST", "/finish", {});
  }

  async #json(method, path, body) {
    const options = body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const answer = await this.#send(method, path, options);
    if (answer.status === 204) return null;
    try {
      return await answer.json();
    } catch {
      throw new Away();
    }
  }

  async #send(method, path, { headers = {}, body } = {}) {
    let answer;
    try {
      answer = await fetch(this.base + path, {
        method,
        headers: { Accept: "application/json", ...headers },
        body,
        credentials: "same-origin",
        cache: "no-store",
        redirect: "error",
        signal: AbortSignal.timeout ? AbortSignal.timeout(WAIT_MS) : undefined,
      });
    } catch {
      throw new Away();
    }
    if (answer.ok) return answer;
    let problem;
    try {
      problem = await answer.json();
    } catch {
      throw new Away();
    }
    if (!problem?.code) throw new Away();
    const offset = answer.headers.get("Upload-Offset");
    throw new Refusal(answer.status, problem.code, problem.detail ?? "", offset === null ? null : Number(offset));
  }
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return btoa(String.fromCharCode(...digest));
}
