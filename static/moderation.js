// Keys for who decides all day: j and k go on and back, a accepts, r refuses. They are listed on the page and can be
// switched off there; the choice stays in this browser. Everything they do, plain links and buttons do too.
"use strict";
(() => {
  const KEPT = "city-keys-off";
  const place = document.querySelector("[data-keys]");
  const help = document.querySelector("[data-keys-help]");
  if (!place || !help) return;

  const isOff = () => {
    try { return localStorage.getItem(KEPT) === "1"; } catch { return false; }
  };
  const toggle = help.querySelector("[data-keys-switch]");
  toggle.checked = !isOff();
  help.hidden = false;
  toggle.addEventListener("change", () => {
    try { toggle.checked ? localStorage.removeItem(KEPT) : localStorage.setItem(KEPT, "1"); } catch { /* not kept */ }
  });

  const stops = () => [...place.querySelectorAll(place.dataset.keys === "lines" ? ".line h2 a" : ".decide")];
  const present = () => stops().findIndex((stop) => stop === document.activeElement || stop.contains(document.activeElement));
  const go = (step) => {
    const all = stops();
    const at = present();
    const to = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
    all[to]?.focus();
    all[to]?.scrollIntoView({ block: "nearest" });
  };
  const choose = (value) => {
    const card = stops()[Math.max(present(), 0)];
    const radio = card?.querySelector(`input[type=radio][value=${value}]`);
    if (!radio) return;
    radio.checked = true;
    radio.focus();
    if (value === "refuse") card.querySelector("select")?.focus();
  };

  document.addEventListener("keydown", (event) => {
    if (!toggle.checked || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const at = event.target;
    if (at.matches("textarea, select, input:not([type=radio], [type=checkbox])")) return;
    const what = { j: () => go(1), k: () => go(-1), a: () => choose("accept"), r: () => choose("refuse") }[event.key];
    if (!what) return;
    event.preventDefault();
    what();
  });
})();
