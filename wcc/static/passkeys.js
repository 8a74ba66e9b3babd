// Forms that need a passkey: what the browser's passkey dialog gives is put into the form's field `credential`, then the form is sent.
// <div data-passkey="create|get" data-options="{…}" data-host="portal.example"> with messages [data-said] and a disabled button.
(() => {
  const { browserSupportsWebAuthn, startAuthentication, startRegistration } = SimpleWebAuthnBrowser;
  const part = document.querySelector("[data-passkey]");
  if (!part) return;
  const form = part.closest("form");
  const button = part.querySelector("button");
  const { passkey: kind, options, host } = part.dataset;

  function say(word) {
    for (const message of part.querySelectorAll("[data-said]")) message.hidden = message.dataset.said !== word;
  }

  // A passkey may be used at its host and below it.
  const here = location.hostname;
  if (here !== host && !here.endsWith(`.${host}`)) return say("elsewhere");
  if (!browserSupportsWebAuthn()) return say("unable");
  button.disabled = false;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    say("");
    try {
      const start = kind === "create" ? startRegistration : startAuthentication;
      const made = await start({ optionsJSON: JSON.parse(options) });
      form.elements.credential.value = JSON.stringify(made);
      form.submit();
    } catch (error) {
      button.disabled = false;
      say(error.name === "InvalidStateError" ? "known" : "failed");
    }
  });
})();
