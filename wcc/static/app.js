// Small things of every page: ages that count on, the dialog, pop-ups, what a morph must leave alone.

// Ages. The browser's clock may be wrong: count by the server's.
const ahead = Number(document.body.dataset.now) - Date.now();
const [SECOND, MINUTE, HOUR, DAY] = document.body.dataset.ageUnits.split("|");

function age(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds < 60) return `${seconds} ${SECOND}`;
  if (minutes < 60) return `${minutes} ${MINUTE}`;
  if (hours < 10) return `${hours} ${HOUR} ${minutes % 60} ${MINUTE}`;
  return hours < 48 ? `${hours} ${HOUR}` : `${Math.floor(hours / 24)} ${DAY}`;
}

setInterval(() => {
  if (document.hidden) return;
  const now = Date.now() + ahead;
  for (const element of document.querySelectorAll("[data-at]")) {
    const text = age(now - Number(element.dataset.at));
    if (element.textContent !== text) element.textContent = text;
  }
}, 1000);

// What is swapped into #dialog opens it; an answer with the event `close-dialog` (HX-Trigger) closes it.
const dialog = document.getElementById("dialog");
document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail.ctx?.target;
  if (target === dialog && dialog.childElementCount && !dialog.open) dialog.showModal();
});
document.addEventListener("close-dialog", () => dialog.close());
dialog.addEventListener("close", () => dialog.replaceChildren());

document.addEventListener("click", (event) => {
  if (event.target === dialog || event.target.closest("[data-close-dialog]")) dialog.close();
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.closest(dismiss.dataset.dismiss).remove();
  const show = event.target.closest("[data-show-password]");
  if (show) {
    const input = document.getElementById(show.dataset.showPassword);
    input.type = input.type === "password" ? "text" : "password";
    show.setAttribute("aria-pressed", String(input.type === "text"));
  }
});

// The captcha spoken: in the page, where the link would leave it.
let spoken;
document.addEventListener("click", (event) => {
  const hear = event.target.closest("[data-hear]");
  if (!hear) return;
  event.preventDefault();
  spoken?.pause();
  spoken = new Audio(hear.href);
  spoken.play().catch((error) => error.name !== "AbortError" && complain(hear.dataset.hear));
});

// A request that failed says so in the corner, with the server's own words where it had any.
function complain(text) {
  const toast = document.getElementById("toast-error").content.cloneNode(true);
  const words = toast.querySelector("[data-text]");
  words.textContent = text || words.dataset.text;
  document.getElementById("toasts").append(toast);
}

const quiet = (ctx) => ctx?.sourceEvent?.type?.startsWith("wcc:") || ctx?.sourceEvent?.type === "every";
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if ([401, 409, 422].includes(ctx.response.status) || quiet(ctx)) return; // signed out, or the answer is shown in its place
  const plain = ctx.text.trimStart().startsWith("<") ? "" : ctx.text.trim();
  complain(plain);
});
document.addEventListener("htmx:error", ({ detail: { ctx, error } }) => {
  if (ctx && !quiet(ctx) && !ctx.response && error?.name !== "AbortError") complain("");
});

// A refresh must not shut what a person has opened: details, drop-down menus.
htmx.registerExtension("wcc-keep", {
  htmx_before_morph_attr: (element, { attrName }) => {
    if (attrName === "open" && element.matches("details, dialog")) return false;
    const open = element.matches(".dropdown-menu.show, [data-bs-toggle].show");
    return !(open && ["class", "aria-expanded", "style", "data-popper-placement"].includes(attrName));
  },
});
