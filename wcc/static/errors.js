// Error reports: loaded only where they are switched on in the privacy settings. The server asks for the choice once more.
(() => {
  const { errorReport } = document.body.dataset;
  const token = JSON.parse(document.body.getAttribute("hx-headers:inherited"))["X-CSRFToken"];
  const told = new Set();
  let left = 5; // of one page; an error in a loop is one error

  function report(message, source) {
    const key = `${message} ${source}`;
    if (left === 0 || told.has(key)) return;
    told.add(key);
    left -= 1;
    const body = JSON.stringify({ message: String(message).slice(0, 500), source: source.slice(0, 200) });
    fetch(errorReport, { method: "POST", keepalive: true, headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body })
      .catch(() => {}); // it could not be sent, and that is no error to report
  }

  addEventListener("error", (event) => {
    if (!event.message) return; // a picture or script that was not loaded
    const script = event.filename ? new URL(event.filename, location.href) : null;
    report(event.message, script ? `${script.pathname}:${event.lineno}` : "");
  });
  addEventListener("unhandledrejection", (event) => report(event.reason?.message || String(event.reason), ""));
})();
