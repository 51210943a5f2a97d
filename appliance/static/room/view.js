// The page's elements by name, one step shown at a time, and what is said aloud.

export const room = document.getElementById("room");

/** The element with `data-<name>`. */
export function part(name) {
  return room.querySelector(`[data-${name}]`);
}

/** The button with `data-act`. */
export function button(act) {
  return room.querySelector(`[data-act="${act}"]`);
}

/** Calls back on every click of a button; it cannot be pressed twice while its work runs. */
export function on(act, work) {
  const element = button(act);
  element.addEventListener("click", async () => {
    if (element.getAttribute("aria-busy") === "true") return;
    element.setAttribute("aria-busy", "true");
    try {
      await work();
    } finally {
      element.removeAttribute("aria-busy");
    }
  });
}

export function show(element, wanted = true) {
  element.hidden = !wanted;
}

/** Shows one step of the room and puts the reader at its heading. */
export function step(name) {
  for (const section of room.querySelectorAll("[data-step]")) show(section, section.dataset.step === name);
  room.dataset.at = name;
  const heading = room.querySelector(`[data-step="${name}"] h1`);
  heading?.focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

/** Says something to a screen reader without showing it. */
export function announce(text) {
  const element = part("announce");
  element.textContent = "";
  setTimeout(() => {
    element.textContent = text;
  }, 50);
}

/** As `announce`, when the reader has a moment. */
export function mention(text) {
  part("mention").textContent = text;
}

/** What has become of the recording so far: mood is saved, saving or away. */
export function tellSaved(mood, text) {
  const element = part("saved");
  show(element, Boolean(text));
  if (element.dataset.mood === mood && element.textContent === text) return;
  element.dataset.mood = mood;
  element.textContent = text;
}

/** A trouble's text in its place (`calm` for news that is no fault); none hides it. */
export function trouble(name, text = "", calm = false) {
  const element = part(name);
  element.textContent = text;
  element.classList.toggle("is-calm", calm);
  show(element, Boolean(text));
}

/** How far the interview is: dots and a line of words. */
export function trail(total, done, words) {
  const dots = part("dots");
  dots.replaceChildren(
    ...Array.from({ length: total }, (_none, index) => {
      const dot = document.createElement("li");
      if (index < done) dot.className = "is-done";
      else if (index === done) dot.className = "is-here";
      return dot;
    }),
  );
  part("place").textContent = words;
  show(part("trail"));
}

/** A list's lines, each a text or {text, mood}. */
export function lines(element, entries) {
  element.replaceChildren(
    ...entries.map((entry) => {
      const line = document.createElement("li");
      line.textContent = entry.text ?? entry;
      if (entry.mood) line.className = `is-${entry.mood}`;
      return line;
    }),
  );
}
