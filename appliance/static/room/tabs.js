// One tab at a time: two that record into one queue would mix their pieces. The browser's own lock tells.

const WAIT_MS = 1500;

/** Whether this tab has the room to itself now; `taken()` is called if another one takes it over. */
export async function holdAlone(name, taken, { steal = false } = {}) {
  if (!navigator.locks) return true;
  return new Promise((resolve) => {
    // A page that is loaded again waits a moment for its former self to go.
    const patience = new AbortController();
    const options = steal ? { steal: true } : { signal: patience.signal };
    setTimeout(() => patience.abort(), WAIT_MS);
    let held = false;
    navigator.locks
      .request(name, options, () => {
        held = true;
        resolve(true);
        return new Promise(() => {});
      })
      .catch(() => (held ? taken() : resolve(false)));
  });
}
