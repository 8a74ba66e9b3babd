// Buttons that copy a text: <button data-copy="text"><span>icon</span><span>done</span><span role="status" data-copied="Copied"></span></button>; and the button that prints the page: <button data-print>
(() => {
  const SHOWN_MS = 2000;

  // Without https the browser offers no clipboard: fall back on selecting the text and its own copy command.
  function byHand(text, near) {
    const area = document.createElement("textarea");
    area.value = text;
    area.readOnly = true;
    area.className = "visually-hidden";
    near.after(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    near.focus();
    return done;
  }

  async function copy(text, near) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return byHand(text, near);
    }
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button || !(await copy(button.dataset.copy, button))) return;
    const [before, after, said] = button.children;
    const show = (done) => {
      before.className = done ? "d-none" : "d-inline-flex";
      after.className = done ? "d-inline-flex" : "d-none";
      said.textContent = done ? said.dataset.copied : "";
    };
    show(true);
    setTimeout(show, SHOWN_MS, false);
  });
})();
