// Rating by keys: 1 to 5 and 0 choose, Enter saves, space plays; a sentence's time seeks the recording.
(() => {
  const form = document.querySelector("[data-rating-form]");
  if (!form) return;
  const media = document.querySelector("[data-rating-media]");
  const writing = (target) => target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName)
    || (target.tagName === "INPUT" && target.type !== "radio");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
    if (/^[0-5]$/.test(event.key)) {
      const value = event.key === "0" ? "none" : event.key;
      const choice = form.querySelector(`input[name=level][value="${value}"]`);
      if (!choice || choice.matches(":disabled")) return;
      choice.checked = true;
      choice.focus();
      event.preventDefault();
    } else if (event.key === "Enter" && event.target.name === "level") {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === " " && media && !event.target.closest("button, a, summary, video")) {
      event.preventDefault();
      if (media.paused) media.play().catch(() => {});
      else media.pause();
    }
  });

  document.addEventListener("click", (event) => {
    const at = event.target.closest("[data-rating-second]");
    if (!at || !media) return;
    const second = Number(at.dataset.ratingSecond);
    const start = () => { media.currentTime = second; media.play().catch(() => {}); };
    if (media.readyState >= 1) start();
    else { media.addEventListener("loadedmetadata", start, { once: true }); media.load(); }
  });

  if (media) media.addEventListener("loadedmetadata", () => media.classList.toggle("is-sound", media.videoWidth === 0));
})();
