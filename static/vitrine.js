// Small conveniences. Everything works without them.
"use strict";
const share = document.querySelectorAll("[data-share]");
for (const button of share) {
  if (!navigator.share && !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const url = button.dataset.share || location.href;
    try {
      if (navigator.share) await navigator.share({ title: document.title, url });
      else {
        await navigator.clipboard.writeText(url);
        button.textContent = button.dataset.copied;
      }
    } catch {
      // She closed the sheet, or the browser refused: nothing to tell.
    }
  });
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// htmx notes the present address in the tab's storage. Reading leaves nothing behind, so it goes again.
const forget = () => {
  try {
    sessionStorage.removeItem("htmx-current-path-for-history");
  } catch {
    // Storage is closed to us: then nothing was noted either.
  }
};
forget();
for (const moment of ["DOMContentLoaded", "htmx:load", "htmx:pushedIntoHistory", "htmx:replacedInHistory", "htmx:historyRestore"]) {
  document.addEventListener(moment, forget);
}
