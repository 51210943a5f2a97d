/* What every page needs: language and theme, the search key, dialogues, the folding navigation. No dependency. */
(function () {
  "use strict";

  var YEAR = 31536000;

  function remember(name, value) {
    document.cookie = name + "=" + value + ";path=/;max-age=" + YEAR + ";samesite=lax";
  }

  function writing(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  document.addEventListener("click", function (event) {
    var hit = event.target.closest("[data-language],[data-theme-switch],[data-dialog],[data-dialog-close],[data-back],[data-copy],[data-check-all]");
    if (!hit) return;
    if (hit.dataset.language) {
      remember("lang", hit.dataset.language);
      window.location.reload();
    } else if ("themeSwitch" in hit.dataset) {
      var root = document.documentElement;
      var next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
      root.setAttribute("data-bs-theme", next);
      remember("theme", next);
    } else if (hit.dataset.dialog) {
      document.getElementById(hit.dataset.dialog).showModal();
    } else if ("dialogClose" in hit.dataset) {
      hit.closest("dialog").close();
    } else if ("back" in hit.dataset) {
      window.history.back();
    } else if (hit.dataset.copy) {
      navigator.clipboard.writeText(document.querySelector(hit.dataset.copy).textContent.trim());
    } else if (hit.dataset.checkAll) {
      document.querySelectorAll(hit.dataset.checkAll).forEach(function (box) { box.checked = hit.checked; });
    }
  });

  document.addEventListener("keydown", function (event) {
    var search = document.getElementById("search");
    if (event.key === "/" && search && !writing(event.target) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  });

  /* A filter form sends itself when a choice changes; without scripts its button does. */
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-autosubmit]");
    if (form) form.requestSubmit();
  });

  /* One click is one request. The button comes back when the page is shown again from the history. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method === "get" || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    form.querySelectorAll("button[type=submit],button:not([type])").forEach(function (button) {
      button.setAttribute("aria-busy", "true");
    });
    window.setTimeout(function () { delete form.dataset.sent; }, 8000);
  });

  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
    document.querySelectorAll("[aria-busy=true]").forEach(function (button) { button.removeAttribute("aria-busy"); });
  });

  function unfold() {
    var wide = window.matchMedia("(min-width: 62rem)");
    document.querySelectorAll("[data-fold]").forEach(function (fold) { fold.open = wide.matches; });
  }

  unfold();
  window.matchMedia("(min-width: 62rem)").addEventListener("change", unfold);
  var first = document.querySelector("[data-focus]");
  if (first) first.focus();
})();
