// Proof of work for public forms (see vitrine/proof.py): the browser computes for a moment, nobody solves a puzzle.
// Without this file, or on a page without encryption, the form goes a slower way that asks for nothing either.
"use strict";
const MOST_TRIES = 5000;
const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const toHex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// The browser derives keys beside this thread, so the page stays free: a worker would add nothing.
const solve = async (challenge) => {
  const { nonce, salt, cost, keyLength, keyPrefix } = challenge.parameters;
  const start = fromHex(nonce);
  const password = new Uint8Array(start.length + 4);
  password.set(start);
  const place = new DataView(password.buffer, start.length);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: fromHex(salt), iterations: cost };
  for (let counter = 0; counter < MOST_TRIES; counter++) {
    place.setUint32(0, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const derivedKey = toHex(await crypto.subtle.deriveBits(how, key, keyLength * 8));
    if (derivedKey.startsWith(keyPrefix)) return { counter, derivedKey };
  }
  throw new Error("no solution");
};

for (const form of document.querySelectorAll("form[data-challenge]")) {
  if (!globalThis.crypto?.subtle) break;
  const field = form.elements.namedItem("proof");
  const said = form.querySelector("[data-busy]");
  const challenge = JSON.parse(form.dataset.challenge);
  let work;
  const begin = () =>
    (work ??= solve(challenge).then((solution) => {
      field.value = btoa(JSON.stringify({ challenge, solution }));
    }));
  // From the first field on: it is done long before she has written.
  form.addEventListener("focusin", () => begin().catch(() => {}), { once: true });
  let sending = false;
  form.addEventListener("submit", async (event) => {
    if (field.value) return;
    event.preventDefault();
    if (sending) return;
    sending = true;
    said.textContent = said.dataset.busy;
    try {
      await begin();
    } catch {
      // The slower way, then.
    }
    form.submit();
  });
}
