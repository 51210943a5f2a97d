// The notice: says at once what the two boxes mean together. Without this script the words beside them say it.

const outcome = document.querySelector("[data-outcome]");
const voice = document.querySelector("[data-choice='voice']");
const video = document.querySelector("[data-choice='video']");

function tell() {
  // A picture without a voice would be an answer that nobody can hear.
  video.disabled = !voice.checked;
  if (video.disabled) video.checked = false;
  const way = video.checked ? "video" : voice.checked ? "voice" : "text";
  outcome.textContent = outcome.dataset[way];
}

voice.addEventListener("change", tell);
video.addEventListener("change", tell);
tell();
