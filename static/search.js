// Suggestions under a search field, by keyboard and read aloud (the ARIA combobox). htmx fetches them; without this
// file they are links after the field, and without htmx there are none and the form works.
"use strict";
for (const field of document.querySelectorAll("input[hx-target='#suggestions']")) {
  const box = document.getElementById("suggestions");
  const said = document.createElement("p");
  said.className = "out";
  said.setAttribute("role", "status");
  box.after(said);
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-haspopup": "listbox",
    "aria-controls": "suggestions",
    "aria-expanded": "false",
  })) field.setAttribute(name, value);

  const options = () => [...box.querySelectorAll("[role=option]")];
  const chosen = () => box.querySelector("[aria-selected=true]");

  const choose = (option) => {
    chosen()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) field.setAttribute("aria-activedescendant", option.id);
    else field.removeAttribute("aria-activedescendant");
  };
  const refresh = (none = "") => {
    choose(null);
    const list = box.querySelector("[role=listbox]");
    field.setAttribute("aria-controls", list ? list.id : box.id);
    field.setAttribute("aria-expanded", String(Boolean(list)));
    said.textContent = list ? list.dataset.said : none;
    // The field keeps the focus: arrows lead through the list, the tabulator past it.
    for (const option of options()) option.tabIndex = -1;
  };
  const clear = () => {
    box.replaceChildren();
    refresh();
  };

  // An answer that comes after she has left the field, or has searched, is not shown.
  let searched = false;
  field.addEventListener("input", () => (searched = false));
  field.form?.addEventListener("submit", () => {
    searched = true;
    clear();
  });
  box.addEventListener("htmx:afterSwap", () => (document.activeElement === field && !searched ? refresh(box.dataset.none) : clear()));
  field.addEventListener("blur", clear);
  // A click would take the focus away from the field, and the list with it, before it is one.
  box.addEventListener("mousedown", (event) => event.preventDefault());
  field.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown" && all.length) choose(all[at + 1] ?? all[0]);
    else if (event.key === "ArrowUp" && all.length) choose(at < 0 ? all.at(-1) : all[at - 1] ?? null);
    else if (event.key === "Enter" && at >= 0) all[at].click();
    else if (event.key === "Escape" && all.length) clear();
    else return;
    event.preventDefault();
  });
}
