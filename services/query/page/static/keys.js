// Single keys for whoever looks with the keyboard. They are off while somebody types, and for good where they are switched
// off. All that they do can be done without them: they follow links, press buttons and move the focus.
(() => {
  const OFF = "keys-off";
  const ITEMS = ".trips .name, .line article.row, div.why[id], table.by-person tbody a, .movers[open] a, .question";
  const PLACES = { t: "/", e: "/expense", r: "/review", w: "/people" };
  const dialog = document.getElementById("keys");
  const opener = document.getElementById("keys-open");
  const chosen = document.getElementById("keys-on");
  let goes = false;

  const press = (found) => {
    found?.click();
    return Boolean(found);
  };
  const focusOn = (found) => {
    if (!found) return false;
    if (!found.matches("a, button, input, summary")) found.tabIndex = -1;
    found.focus();
    return true;
  };
  const all = (what) => Array.from(document.querySelectorAll(what));
  const holds = (one) => one.contains(document.activeElement);
  const current = () => all(ITEMS).find(holds);
  const step = (what, by, at) => {
    const found = all(what);
    const next = at < 0 ? (by > 0 ? 0 : found.length - 1) : at + by;
    return focusOn(found[Math.min(Math.max(next, 0), found.length - 1)]);
  };
  const move = (by) => step(ITEMS, by, all(ITEMS).findIndex(holds));
  const day = (by) => step(".day > h2", by, all(".day").findIndex(holds));
  const correct = () => {
    const details = current()?.querySelector("details.change");
    if (!details) return press(current()?.querySelector("a[href*='/bookings/']"));
    details.open = true;
    return focusOn(details.querySelector("input:not([type=hidden])"));
  };
  const help = () => {
    dialog.showModal();
    return true;
  };

  const DOES = {
    "?": help,
    "/": () => focusOn(document.querySelector("main input[type=search]")),
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => current() && move(1),
    ArrowUp: () => current() && move(-1),
    Home: () => current() && step(ITEMS, 1, -1),
    End: () => current() && step(ITEMS, -1, -1),
    Enter: () => document.activeElement === current() && press(current().querySelector("a")),
    n: () => focusOn(document.getElementById("now")),
    "[": () => day(-1),
    "]": () => day(1),
    w: () => press(current()?.querySelector("a[href*='/why#']")),
    e: correct,
    s: () => press(current()?.querySelector("button[value='same']")),
    d: () => press(current()?.querySelector("button[value='not_same']")),
    u: () => press(document.querySelector(".note form[action$='/undo'] button, .note form[action$='/remove'] button")),
    p: () => {
      window.print();
      return true;
    },
    g: () => {
      goes = true;
      return true;
    },
  };

  const isTyped = (event) => event.isComposing || event.target.closest("input, select, textarea, [contenteditable]");
  const isChord = (event) => (event.ctrlKey || event.altKey || event.metaKey) && !event.getModifierState("AltGraph");

  document.addEventListener("keydown", (event) => {
    if (!chosen.checked || dialog.open || event.repeat || isTyped(event) || isChord(event)) return;
    const leads = goes && PLACES[event.key];
    goes = goes && event.key === "Shift";
    const done = leads ? press(document.querySelector(`header nav a[href="${leads}"]`)) : DOES[event.key]?.();
    if (done) event.preventDefault();
  });

  chosen.checked = localStorage.getItem(OFF) === null;
  chosen.addEventListener("change", () => (chosen.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
  opener.addEventListener("click", help);
  opener.hidden = false;
})();
