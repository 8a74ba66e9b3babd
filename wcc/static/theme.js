// Light, dark or as the system: set before the first paint, kept per browser.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try { return localStorage.getItem("wcc-theme") || "system"; } catch { return "system"; }
  };
  const show = () => {
    const choice = chosen();
    document.documentElement.dataset.bsTheme = choice === "system" ? (system.matches ? "dark" : "light") : choice;
    for (const button of document.querySelectorAll("[data-theme]")) {
      button.classList.toggle("active", button.dataset.theme === choice);
      button.setAttribute("aria-pressed", String(button.dataset.theme === choice));
    }
  };
  show();
  system.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme]");
    if (!button) return;
    try { localStorage.setItem("wcc-theme", button.dataset.theme); } catch { /* not kept: shown for this page only */ }
    show();
  });
})();
