// The week of opening hours. Without this its buttons ask the server; with it nothing is sent until the end.
"use strict";
{
  const week = document.getElementById("semaine");
  const WHOLE_DAY = ["", "rdv", "24h", "?"];
  const linesOf = (day) => [...day.querySelectorAll(".stretch")];
  const choicesOf = (line) => [...line.querySelectorAll("select")];

  // « Fermé », « sur rendez-vous », « jour et nuit » say it all: what follows is put away, and not sent.
  function settle(day) {
    const [first, ...others] = linesOf(day);
    const [opens, closes] = choicesOf(first);
    const isWhole = WHOLE_DAY.includes(opens.value);
    closes.disabled = isWhole;
    for (const line of others) {
      line.hidden = isWhole;
      for (const choice of choicesOf(line)) choice.disabled = isWhole;
    }
    const add = day.querySelector("button[value^=add]");
    if (add) add.hidden = isWhole;
  }

  function addLine(day) {
    const lines = linesOf(day);
    const line = lines[1].cloneNode(true);
    for (const choice of choicesOf(line)) {
      choice.name = choice.name.replace(/-\d+-/, `-${lines.length}-`);
      choice.setAttribute("aria-label", choice.getAttribute("aria-label").replace(/\d+$/, lines.length + 1));
      choice.value = "";
    }
    lines.at(-1).after(line);
    if (lines.length + 1 >= 6) day.querySelector("button[value^=add]")?.remove();
    return line;
  }

  function copy(from, to) {
    while (linesOf(to).length < linesOf(from).length) addLine(to);
    linesOf(to).forEach((line, number) => {
      const source = linesOf(from)[number];
      choicesOf(line).forEach((choice, place) => {
        const model = source && choicesOf(source)[place];
        // The other may have an hour that is on nobody's list.
        if (model) choice.replaceChildren(...model.cloneNode(true).children);
        choice.value = model ? model.value : "";
      });
    });
    settle(to);
  }

  if (week) {
    const days = [...week.querySelectorAll("[data-day]")];
    days.forEach(settle);
    week.addEventListener("change", (event) => settle(event.target.closest("[data-day]")));
    week.addEventListener("click", (event) => {
      const button = event.target.closest("button[name=do]");
      const [what, number] = button?.value.split(":") ?? [];
      const day = button?.closest("[data-day]");
      if (!["copy", "monday", "add"].includes(what)) return;
      event.preventDefault();
      if (what === "copy") copy(days[number - 1], day);
      if (what === "monday") days.slice(1, Number(number) + 1).forEach((other) => copy(day, other));
      // Whoever keeps the draft listens for what people choose.
      if (what !== "add") week.dispatchEvent(new Event("input"));
      if (what === "add") choicesOf(addLine(day))[0].focus();
      else document.getElementById("dit").textContent = button.dataset.done;
    });
  }
}
