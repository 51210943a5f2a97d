// What has been recorded and not yet arrived: kept in IndexedDB, so that a reload or an empty battery loses nothing.
// Where a browser forbids that (private windows), it is kept in memory for as long as the page is open.

const VERSION = 1;

function wanted(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function done(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

class Disk {
  constructor(database) {
    this.database = database;
  }

  async put(store, value) {
    // Strict: on the disk when it says so, for a battery may be empty the next moment.
    const transaction = this.database.transaction(store, "readwrite", { durability: "strict" });
    transaction.objectStore(store).put(value);
    await done(transaction);
  }

  async remove(store, key) {
    const transaction = this.database.transaction(store, "readwrite");
    transaction.objectStore(store).delete(key);
    await done(transaction);
  }

  all(store) {
    return wanted(this.database.transaction(store).objectStore(store).getAll());
  }

  /** The first piece of a segment: an array sorts after every number, so it ends the range. */
  async first(id) {
    const range = IDBKeyRange.bound([id, 0], [id, []]);
    const found = await wanted(this.database.transaction("pieces").objectStore("pieces").getAll(range, 1));
    return found[0];
  }
}

class Memory {
  constructor() {
    this.stores = { segments: new Map(), pieces: new Map() };
  }

  async put(store, value) {
    this.stores[store].set(JSON.stringify(value.key), value);
  }

  async remove(store, key) {
    this.stores[store].delete(JSON.stringify(key));
  }

  async all(store) {
    return [...this.stores[store].values()];
  }

  async first(id) {
    const mine = [...this.stores.pieces.values()].filter((piece) => piece.key[0] === id);
    return mine.sort((one, other) => one.key[1] - other.key[1])[0];
  }
}

async function openDisk(name) {
  const request = indexedDB.open(name, VERSION);
  request.onupgradeneeded = () => {
    for (const store of ["segments", "pieces"]) request.result.createObjectStore(store, { keyPath: "key" });
  };
  return new Disk(await wanted(request));
}

/**
 * Segments: {key: id, question, take, contentType, created, size, recordedMs, order}.
 * Pieces: {key: [id, start], bytes: ArrayBuffer, recordedMs}.
 */
export class Queue {
  constructor(shelf) {
    this.shelf = shelf;
    this.held = new Map();
  }

  static async open(name) {
    let queue;
    try {
      queue = new Queue(await openDisk(name));
    } catch {
      queue = new Queue(new Memory());
    }
    for (const piece of await queue.shelf.all("pieces")) queue.#hold(piece);
    return queue;
  }

  /** The interview is over: nothing of it stays on this device. */
  async discard(name) {
    if (!(this.shelf instanceof Disk)) return;
    this.shelf.database.close();
    await wanted(indexedDB.deleteDatabase(name)).catch(() => {});
  }

  /** Bytes that have not arrived yet. */
  get heldBytes() {
    return [...this.held.values()].reduce((sum, size) => sum + size, 0);
  }

  async keepSegment(segment) {
    await this.#keep("segments", segment);
  }

  async keepPiece(piece) {
    await this.#keep("pieces", piece);
    this.#hold(piece);
  }

  async segments() {
    return (await this.shelf.all("segments")).sort((one, other) => one.order - other.order);
  }

  async segment(id) {
    return (await this.segments()).find((segment) => segment.key === id);
  }

  /** The piece to send next of a segment. */
  first(id) {
    return this.shelf.first(id);
  }

  async removePiece(piece) {
    await this.shelf.remove("pieces", piece.key);
    this.held.delete(JSON.stringify(piece.key));
  }

  /** Forgets a segment and what of it has not been sent. */
  async forget(id) {
    for (let piece = await this.first(id); piece; piece = await this.first(id)) await this.removePiece(piece);
    await this.shelf.remove("segments", id);
  }

  #hold(piece) {
    this.held.set(JSON.stringify(piece.key), piece.bytes.byteLength);
  }

  async #keep(store, value) {
    try {
      await this.shelf.put(store, value);
    } catch {
      // The device has no room for more: go on in memory rather than stop the candidate.
      const memory = new Memory();
      for (const name of ["segments", "pieces"]) for (const old of await this.shelf.all(name)) await memory.put(name, old);
      this.shelf = memory;
      await memory.put(store, value);
    }
  }
}
