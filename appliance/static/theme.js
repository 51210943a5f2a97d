/* Before the first paint: the chosen theme, so that a dark page does not flash light. */
(function () {
  "use strict";
  var root = document.documentElement;
  var wish = root.dataset.theme;
  var dark = wish === "dark" || (wish === "auto" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  root.setAttribute("data-bs-theme", dark ? "dark" : "light");
  root.classList.add("js");
})();
