// A QR code's link carries a code behind the #, which no server ever sees: it goes into the form and is sent.
// On a telephone that is a till, a voucher's code goes to the till instead of its holder's page.
"use strict";
(() => {
  const TILL = "/comptoir/caisse/";
  const form = document.querySelector("form[data-voucher]");
  const place = document.querySelector("[data-till]");
  const isTill = () => {
    try { return localStorage.getItem("till") === "yes"; } catch { return false; }
  };

  const bring = () => {
    const brought = location.hash.slice(1);
    if (!brought) return;
    if (place?.dataset.till === "no") {
      // It is no till any more: the code is its holder's again.
      location.replace(place.dataset.holder + "#" + brought);
    } else if (!location.pathname.startsWith(TILL) && isTill()) {
      location.replace(TILL + "#" + brought);
    } else if (form) {
      // Neither the history nor whoever looks over her shoulder keeps it.
      history.replaceState(null, "", location.pathname);
      form.elements.code.value = brought;
      // Where more than the code is asked for, she goes on by herself.
      const empty = [...form.elements].find((field) => field.type === "password" && !field.value);
      if (empty) empty.focus();
      else form.requestSubmit();
    }
  };

  if (place) {
    try { localStorage.setItem("till", place.dataset.till); } catch { /* then its holder's page opens */ }
  }
  addEventListener("hashchange", bring);
  bring();
})();
