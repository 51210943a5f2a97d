// The page's words, written by the server in the candidate's language, and how lengths of time are said.

const texts = new Map();
for (const entry of document.querySelector("[data-words]").content.querySelectorAll("[data-word]")) {
  texts.set(entry.dataset.word, entry.textContent);
}

/** The text of a word with its {places} filled. */
export function say(word, places = {}) {
  const text = texts.get(word);
  if (text === undefined) throw new Error(`no word ${word}`);
  return text.replace(/\{(\w+)\}/g, (_whole, name) => String(places[name]));
}

/** A length of time in words: 90 gives "1 min 30 s". */
export function length(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  if (!minutes) return say("seconds", { count: whole });
  if (whole % 60 === 0) return say("minutes", { count: minutes });
  return say("minutesSeconds", { minutes, seconds: whole % 60 });
}

/** A clock's face: 90 gives "1:30"; a begun second counts as past. */
export function face(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
