// The list of shops: a position when she asks for it, short addresses, folds that stay open. All works without.
"use strict";

// Three decimals are about 100 m: nothing finer leaves the browser.
const rounded = (degrees) => degrees.toFixed(3);

// A status that is there from the start: text that is only uncovered is not always read aloud.
const say = (what) => {
  const status = document.querySelector("[data-waiting]");
  status.textContent = status.dataset[what];
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-near]");
  if (!button) return;
  const form = document.getElementById(button.dataset.near);
  say("waiting");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      form.elements.lat.value = rounded(coords.latitude);
      form.elements.lon.value = rounded(coords.longitude);
      form.submit();
    },
    () => say("refused"),
    { maximumAge: 60000, timeout: 10000 },
  );
});

function offerNear() {
  if (!navigator.geolocation) return;
  for (const button of document.querySelectorAll("[data-near]")) button.hidden = false;
}
offerNear();

// Folds that she opened stay open when the results are exchanged, and when she comes back.
const open = new Set([...document.querySelectorAll("details[open]")].map((fold) => fold.id));
document.addEventListener(
  "toggle",
  ({ target }) => { target.open ? open.add(target.id) : open.delete(target.id); },
  true,
);
function unfold() {
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  offerNear();
}
document.addEventListener("htmx:historyRestore", unfold);

// When the results are exchanged she stays where she was, and what was found is read aloud.
let here = "";
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target?.id === "results") here = document.activeElement?.id;
});
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target?.id !== "results") return;
  unfold();
  if (document.activeElement === document.body) document.getElementById(here)?.focus({ preventScroll: true });
  const said = document.getElementById("annonce");
  const found = document.getElementById("trouve");
  if (said && found) said.textContent = found.dataset.said;
});

// A day or an hour is typed in parts, and each part is a change: they wait for the button.
document.addEventListener(
  "change",
  (event) => { if (event.target.matches("[type=date], [type=time]")) event.stopPropagation(); },
  true,
);

// Empty fields stay out of the address.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  for (const name of new Set(detail.formData.keys())) {
    const values = detail.formData.getAll(name).filter((value) => value !== "");
    detail.formData.delete(name);
    for (const value of values) detail.formData.append(name, value);
  }
});
