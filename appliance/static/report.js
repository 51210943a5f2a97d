// Plays the second of a recording that a quote names. One player on the page; a link without script still opens
// the recording at its time.
(() => {
  const player = document.querySelector("[data-report-player]");
  if (!player) return;
  const media = player.querySelector("video");
  const caption = player.querySelector("[data-report-caption]");
  const fault = player.querySelector("[data-report-fault]");
  let playing = "";

  const play = (answer, second, label) => {
    player.hidden = false;
    fault.hidden = true;
    caption.textContent = label;
    const start = () => {
      player.classList.toggle("is-sound", media.videoWidth === 0);
      media.currentTime = second;
      media.play().catch(() => { media.controls = true; });
    };
    if (playing === answer && media.readyState >= 1) {
      start();
      return;
    }
    playing = answer;
    media.src = `/recordings/${encodeURIComponent(answer)}`;
    media.addEventListener("loadedmetadata", start, { once: true });
    media.load();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-answer]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    play(link.dataset.answer, Number(link.dataset.second), link.dataset.label || "");
    for (const old of document.querySelectorAll("a[data-answer].is-playing")) old.classList.remove("is-playing");
    link.classList.add("is-playing");
  });

  media.addEventListener("error", () => {
    playing = "";
    fault.hidden = false;
  });

  player.querySelector("[data-report-close]").addEventListener("click", () => {
    media.pause();
    player.hidden = true;
  });
})();
