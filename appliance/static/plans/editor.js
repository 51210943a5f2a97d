/* The plan editor: minutes as they change, the follow-ups of a question, moving by keyboard, and a word before
   unsaved work is left. The rows themselves come from the server; without this script the buttons still do all. */
(function () {
  "use strict";

  var form = document.getElementById("plan-form");
  if (!form) return;
  var unsaved = "unsaved" in form.dataset;

  function whole(row, name) {
    var field = row.querySelector('[data-count="' + name + '"]');
    return field && /^\d+$/.test(field.value) ? parseInt(field.value, 10) : 0;
  }

  function written(row) {
    return Array.from(row.querySelectorAll(".after-one")).filter(function (one) {
      return Array.from(one.querySelectorAll("textarea")).some(function (text) { return text.value.trim(); });
    }).length;
  }

  function minutes(seconds) { return Math.ceil(seconds / 60); }

  function put(pattern, least, most) { return pattern.replace("{least}", least).replace("{most}", most); }

  function count() {
    var total = form.querySelector("[data-total]"), least = 0, most = 0;
    form.querySelectorAll("[data-row]").forEach(function (row) {
      if (row === total) return;
      var once = whole(row, "prepare_s") + whole(row, "answer_s");
      var follows = row.querySelector("[data-mode]").value !== "none";
      least += once;
      most += once * (1 + (follows ? Math.min(whole(row, "most_follow_ups"), written(row)) : 0));
      row.querySelector("[data-row-time]").textContent = put(total.dataset.row, Math.round(once / 6) / 10, "");
    });
    var pattern = minutes(least) === minutes(most) ? total.dataset.same : total.dataset.span;
    total.textContent = put(pattern, minutes(least), minutes(most));
    var promised = parseInt(form.querySelector("[data-promised]").dataset.promised, 10);
    form.querySelector("[data-within]").hidden = most > promised;
    form.querySelector("[data-over]").hidden = most <= promised;
  }

  function showAfter(row) {
    var mode = row.querySelector("[data-mode]").value;
    row.querySelector("[data-after]").hidden = mode === "none";
    row.querySelectorAll("[data-mode-hint]").forEach(function (hint) {
      hint.hidden = hint.dataset.modeHint !== mode;
    });
  }

  function showCompetencies(details) {
    var names = Array.from(details.querySelectorAll("input:checked")).map(function (box) {
      return box.parentElement.querySelector(".form-check-label").textContent.trim();
    });
    if (names.length) details.querySelector("[data-shown]").textContent = names.join(form.querySelector("[data-total]").dataset.comma);
  }

  function markTaken() {
    var taken = Array.from(form.querySelectorAll("[data-bank]")).map(function (row) { return row.dataset.bank; });
    var full = !form.querySelector("[data-full]").hidden;
    document.querySelectorAll("[data-bank-id]").forEach(function (one) {
      var here = taken.indexOf(one.dataset.bankId) >= 0, button = one.querySelector("[data-add]");
      button.disabled = here || full;
      button.querySelector("[data-add-label]").hidden = here;
      button.querySelector("[data-added-label]").hidden = !here;
    });
    form.querySelector("[data-grows]").disabled = full;
  }

  function look(verb) {
    var rows = document.getElementById("rows"), at = rows.dataset.at;
    document.getElementById("plan-said").textContent = rows.dataset.said;
    var row = rows.querySelector('[data-row="' + at + '"]');
    if (!row) return;
    var button = verb ? row.querySelector('[data-verb="' + verb + '"]') : null;
    var target = button && !button.disabled ? button : row.querySelector(".card-title");
    target.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  form.addEventListener("input", function (event) {
    unsaved = true;
    if (event.target.matches("[data-mode]")) showAfter(event.target.closest("[data-row]"));
    if (event.target.matches(".choices input")) showCompetencies(event.target.closest("details"));
    count();
  });

  form.addEventListener("keydown", function (event) {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    var row = event.target.closest("[data-row]");
    if (!row) return;
    event.preventDefault();
    var button = row.querySelector('[data-verb="' + (event.key === "ArrowUp" ? "up" : "down") + '"]');
    if (!button.disabled) button.click();
  });

  var verb = "";
  document.body.addEventListener("htmx:beforeRequest", function (event) {
    verb = event.detail.elt.dataset.verb || "";
  });
  document.body.addEventListener("htmx:afterSwap", function (event) {
    var id = event.detail.target.id;
    if (id === "rows") {
      unsaved = true;
      count();
      look(verb === "up" || verb === "down" ? verb : "");
    }
    if (id === "rows" || id === "bank-found") markTaken();
  });

  form.addEventListener("submit", function () { unsaved = false; });
  window.addEventListener("beforeunload", function (event) {
    if (unsaved) event.preventDefault();
  });

  count();
  markTaken();
})();
