// The desks work without this. What it adds is said beside each part.
"use strict";

// A form marked so is sent once, however often its button is pressed. The server minds repeats too.
document.addEventListener("submit", (event) => {
  const form = event.target
  if (!form.matches("[data-once]")) return
  if (form.dataset.once) event.preventDefault()
  form.dataset.once = "sent"
})
// Back in the browser: the form may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-once]")) form.dataset.once = ""
})
