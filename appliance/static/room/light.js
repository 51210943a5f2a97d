// Whether the camera's picture is light enough to see a face: brightness of a small copy, in 0 (black) to 255.

const WIDTH = 32;
const HEIGHT = 24;
const COVERED = 12;
const DARK = 55;
const BRIGHT = 205;
const WHITE = 250;
const BEHIND = 70;

/**
 * "covered" (black), "dark", "bright", "behind" (the edge much lighter than the middle, as with a window behind)
 * or "good". Brightness row by row.
 */
export function judgeLight(brightness, width, height) {
  let middle = 0;
  let middles = 0;
  let sum = 0;
  let white = 0;
  brightness.forEach((value, index) => {
    const column = index % width;
    const row = Math.floor(index / width);
    sum += value;
    if (value >= WHITE) white += 1;
    if (column >= width / 4 && column < (width * 3) / 4 && row >= height / 4) {
      middle += value;
      middles += 1;
    }
  });
  const count = brightness.length;
  const mean = sum / count;
  const inside = middle / middles;
  const edge = (sum - middle) / (count - middles);
  if (mean < COVERED) return "covered";
  if (edge - inside > BEHIND && inside < 110) return "behind";
  if (mean < DARK) return "dark";
  if (mean > BRIGHT || white / count > 0.4) return "bright";
  return "good";
}

/** Judges what a video element shows; "" while it shows nothing. */
export class Light {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.canvas.width = WIDTH;
    this.canvas.height = HEIGHT;
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  look(video) {
    if (!this.context || !video.videoWidth) return "";
    this.context.drawImage(video, 0, 0, WIDTH, HEIGHT);
    const pixels = this.context.getImageData(0, 0, WIDTH, HEIGHT).data;
    const brightness = [];
    for (let at = 0; at < pixels.length; at += 4) {
      brightness.push(0.299 * pixels[at] + 0.587 * pixels[at + 1] + 0.114 * pixels[at + 2]);
    }
    return judgeLight(brightness, WIDTH, HEIGHT);
  }
}
