// What the microphone gives, judged over its last seconds: speech, silence, too quiet, too loud, never quiet.

/** How often a level is read. */
export const READ_MS = 80;
const KEPT = 100;
const A_WHILE = 38;
const LONG = 62;

// Decibels below full scale.
const NOTHING_DB = -85;
const QUIET_DB = -42;
const BACKGROUND_DB = -38;
const FAINT_BACKGROUND_DB = -48;
const NO_PAUSES_DB = 12;
const CLIPPED_PEAK = 0.985;
const CLIPPED_SHARE = 0.04;

/** The level of samples in -1..1: root mean square in decibels, and the largest sample. */
export function levelOf(samples) {
  let squares = 0;
  let peak = 0;
  for (const sample of samples) {
    squares += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  return { db: 10 * Math.log10(squares / samples.length + 1e-12), peak };
}

/**
 * "wait" (nothing to say yet), "none" (no signal at all), "quiet", "clipped", "noisy" (the level never falls,
 * as with music or a television: speech has pauses) or "good". Levels are READ_MS apart, the newest last.
 */
export function judgeSound(levels) {
  if (levels.length < 12) return "wait";
  const sorted = levels.map((level) => level.db).sort((one, other) => one - other);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const loud = at(0.95);
  const floor = at(0.1);
  const clipped = levels.filter((level) => level.peak >= CLIPPED_PEAK).length / levels.length;
  if (clipped > CLIPPED_SHARE) return "clipped";
  if (loud < NOTHING_DB) return levels.length < A_WHILE ? "wait" : "none";
  if (loud < QUIET_DB) return levels.length < A_WHILE ? "wait" : "quiet";
  const neverFalls = floor > BACKGROUND_DB || (floor > FAINT_BACKGROUND_DB && loud - floor < NO_PAUSES_DB);
  if (levels.length >= LONG && neverFalls) return "noisy";
  return "good";
}

/** The levels of the last seconds. */
export class Hearing {
  constructor() {
    this.levels = [];
  }

  add(level) {
    this.levels.push(level);
    if (this.levels.length > KEPT) this.levels.shift();
    return judgeSound(this.levels);
  }
}
