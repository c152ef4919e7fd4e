// The list of shops: a position when she asks for it, short addresses, folds that stay open. All works without.
"use strict";

// Three decimals are about 100 m: nothing finer leaves the browser.
const rounded = (degrees) => degrees.toFixed(3);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-near]");
  if (!button) return;
  const form = document.getElementById(button.dataset.near);
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      form.elements.lat.value = rounded(coords.latitude);
      form.elements.lon.value = rounded(coords.longitude);
      form.submit();
    },
    () => { form.querySelector("[data-near-refused]").hidden = false; },
    { maximumAge: 60000, timeout: 10000 },
  );
});

function offerNear() {
  if (!navigator.geolocation) return;
  for (const button of document.querySelectorAll("[data-near]")) button.hidden = false;
}
offerNear();

// When the results are exchanged, folds keep their state and what was found is read aloud.
let open = [];
document.addEventListener("htmx:beforeSwap", () => {
  open = [...document.querySelectorAll("#results details[open]")].map((fold) => fold.id);
});
document.addEventListener("htmx:afterSettle", () => {
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  offerNear();
  const said = document.getElementById("annonce");
  const found = document.getElementById("trouve");
  if (said && found) said.textContent = found.textContent;
});

// Empty fields stay out of the address.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  for (const name of new Set(detail.formData.keys())) {
    const values = detail.formData.getAll(name).filter((value) => value !== "");
    detail.formData.delete(name);
    for (const value of values) detail.formData.append(name, value);
  }
});
