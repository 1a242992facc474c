// Passkeys: the browser's part. What is shown with data-passkey needs it, and stays hidden where
// the browser has no passkeys; signing in by link works without.
(() => {
  'use strict';
  const credentials = navigator.credentials;
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON || !credentials) return;
  document.querySelector('[data-passkey-missing]')?.remove();
  const ceremonies = {
    create: (options) => credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
    get: (options) => credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
  };
  // The words stand on the form, in the language of the page.
  const texts = { NotAllowedError: 'notAllowed', InvalidStateError: 'invalidState', SecurityError: 'security' };

  async function ask(form) {
    const answer = await fetch(form.dataset.options, {
      method: 'POST',
      headers: { 'X-CSRFToken': form.elements.csrf_token.value, Accept: 'application/json' },
    });
    // Sent somewhere else: it has to be shown again who is there.
    if (answer.redirected) { window.location.assign(answer.url); return null; }
    const body = answer.headers.get('Content-Type')?.includes('json') ? await answer.json() : {};
    if (!answer.ok) {
      throw new Error(body.problem || (answer.status === 429
        ? form.dataset.tooMany
        : form.dataset.failed));
    }
    return ceremonies[form.dataset.passkey](body);
  }

  for (const form of document.querySelectorAll('form[data-passkey]')) {
    const problem = form.querySelector('[data-problem]');
    form.hidden = false;
    let busy = false;
    // Before app.js, which sends each form once: this one is sent when the passkey has answered.
    form.addEventListener('submit', async (event) => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      event.stopPropagation();
      if (busy) return;
      busy = true;
      problem.hidden = true;
      try {
        const credential = await ask(form);
        if (credential) {
          form.elements.credential.value = JSON.stringify(credential.toJSON());
          form.requestSubmit();
        }
      } catch (error) {
        problem.textContent = form.dataset[texts[error.name]] || error.message;
        problem.hidden = false;
      } finally {
        busy = false;
      }
    });
  }
})();
