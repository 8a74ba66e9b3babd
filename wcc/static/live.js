// Live updates: one stream for the page. It says only what changed; regions fetch their own fragment:
//   hx-trigger="wcc:session from:body" (or wcc:charge-point, wcc:operation, wcc:message; event.detail.ids, null = look again).
(() => {
  const EVERY_MS = 1000; // at most one event of a kind a second
  const RETRY_MS = 5000;
  const KINDS = { session: "wcc:session", charge_point: "wcc:charge-point", operation: "wcc:operation", message: "wcc:message" };
  const waiting = new Map(); // kind → set of ids, or null for "look again"
  const timers = new Map();
  let source = null;

  function tell(kind) {
    const ids = waiting.get(kind);
    waiting.delete(kind);
    document.body.dispatchEvent(new CustomEvent(KINDS[kind], { detail: { ids: ids && [...ids] } }));
  }

  function note(kind, ids) {
    if (!(kind in KINDS)) return;
    const known = waiting.get(kind);
    waiting.set(kind, ids === null || known === null ? null : new Set([...(known ?? []), ...ids]));
    if (timers.has(kind)) return;
    tell(kind);
    timers.set(kind, setTimeout(() => {
      timers.delete(kind);
      if (waiting.has(kind)) note(kind, waiting.get(kind) ?? null);
    }, EVERY_MS));
  }

  const lookAgain = () => Object.keys(KINDS).forEach((kind) => note(kind, null));

  function show(state) {
    document.body.dataset.live = state;
    for (const pill of document.querySelectorAll("[data-live]:not(body)")) {
      pill.hidden = false;
      pill.querySelector("[data-live-on]").hidden = state !== "on";
      pill.querySelector("[data-live-off]").hidden = state === "on";
    }
  }

  async function ask() { // the stream was refused: signed out, or the server is not there
    const stop = new AbortController();
    try {
      const answer = await fetch(document.body.dataset.changes, { signal: stop.signal, headers: { "HX-Request": "true" } });
      stop.abort();
      if (answer.status === 401) {
        const here = location.pathname + location.search;
        location.href = `${document.body.dataset.signIn}?next=${encodeURIComponent(here)}`;
        return;
      }
    } catch { /* not there yet */ }
    setTimeout(start, RETRY_MS);
  }

  function start() {
    if (source || document.hidden) return;
    source = new EventSource(document.body.dataset.changes);
    source.addEventListener("hello", () => {
      show("on");
      lookAgain(); // something may have happened since the page was made, or while there was no stream
    });
    source.addEventListener("change", (event) => {
      const changes = JSON.parse(event.data);
      if ("refresh" in changes) return lookAgain();
      Object.entries(changes).forEach(([kind, ids]) => note(kind, ids));
    });
    source.addEventListener("error", () => {
      show("off");
      if (source?.readyState === EventSource.CLOSED) {
        source = null;
        ask();
      }
    });
  }

  // A hidden page needs no stream, and a browser allows only a few to one host.
  function pause() {
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? pause() : start()));
  addEventListener("pagehide", pause);
  addEventListener("pageshow", start);
  start();
})();
