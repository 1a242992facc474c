// Sending a rater's form: once, and without loss where there is no connection.
// Without this file the browser sends the form itself. Nothing is kept here: answers stay on the page.
(() => {
  'use strict';
  const RETRY = 15e3;
  const PATIENCE = 30e3;
  // A token of the page may have run out by then.
  const OLD = 36e5;
  const opened = Date.now();
  let wanted = null; // The form and the button that was pressed, until it has worked.
  let busy = false;
  let held = false;
  let timer;
  let notice;

  const clear = () => { notice?.remove(); notice = null; };
  const free = () => {
    busy = false;
    document.querySelectorAll('[aria-disabled]').forEach((button) => button.removeAttribute('aria-disabled'));
  };
  const say = (paragraphs, again) => {
    const fresh = !notice;
    clear();
    notice = document.createElement('div');
    notice.className = 'flash warn';
    notice.setAttribute('role', 'alert');
    for (const text of paragraphs) notice.append(Object.assign(document.createElement('p'), { textContent: text }));
    if (again) {
      const button = Object.assign(document.createElement('button'), { type: 'button', className: 'button', textContent: again });
      button.addEventListener('click', attempt);
      notice.append(button);
    }
    const place = wanted.button.closest('.actions');
    if (place) place.before(notice); else wanted.form.prepend(notice);
    if (fresh) notice.scrollIntoView({ block: 'center' });
  };

  const ask = (form, options) => fetch(form.getAttribute('action'), { cache: 'no-store', signal: AbortSignal.timeout?.(PATIENCE), ...options });
  const words = async (answer) => new DOMParser().parseFromString(await answer.text(), 'text/html');
  // Puts a token of now into the form; gives the answer where the form is no longer open.
  const renew = async (form) => {
    const answer = await ask(form);
    if (!answer.ok) return answer;
    const token = (await words(answer)).querySelector('[name=csrf_token]');
    if (token) form.querySelector('[name=csrf_token]').value = token.value;
    return null;
  };

  const later = () => {
    held = true;
    free();
    say([wanted.form.dataset.offline], wanted.form.dataset.again);
    timer = setTimeout(attempt, RETRY);
  };
  const pass = () => {
    const { form, button } = wanted;
    wanted = null;
    const step = Object.assign(document.createElement('input'), { type: 'hidden', name: button.name, value: button.value });
    form.append(step);
    if (button.hasAttribute('formaction')) form.setAttribute('action', button.getAttribute('formaction'));
    form.submit();
    step.remove();
    // Whoever stops the browser on its way may press once more.
    setTimeout(free, PATIENCE);
  };
  const refused = async (answer) => {
    if (answer.status >= 500 || answer.status === 429) return later();
    const main = (await words(answer)).querySelector('main');
    free();
    say([...(main?.querySelectorAll('h1, p') ?? [])].map((part) => part.textContent).concat(wanted.form.dataset.kept));
    wanted = null;
  };

  const send = async (form, button) => {
    const body = () => {
      const fields = new URLSearchParams(new FormData(form));
      fields.set(button.name, button.value);
      return { method: 'POST', body: fields };
    };
    let answer = await ask(form, body());
    if (answer.status === 400) {
      const closed = await renew(form);
      if (closed) return refused(closed);
      answer = await ask(form, body());
    }
    if (answer.redirected) {
      wanted = null;
      // In place of this page: going back leads past it, and the browser need not ask to send again.
      return location.replace(answer.url);
    }
    // What is to be mended is shown by the form itself.
    return answer.ok || answer.status === 422 ? pass() : refused(answer);
  };
  const goOn = async (form) => {
    const closed = held || Date.now() - opened > OLD ? await renew(form) : await ask(form, { method: 'HEAD' });
    if (!closed || closed.ok) return pass();
    return refused(closed.body ? closed : await ask(form));
  };

  async function attempt() {
    clearTimeout(timer);
    if (!wanted || busy) return;
    if (navigator.onLine === false) { later(); return; }
    const { form, button } = wanted;
    busy = true;
    button.setAttribute('aria-disabled', 'true');
    try {
      await (button.value === 'submit' ? send(form, button) : goOn(form));
    } catch {
      // No connection, or none that lasted. If the answers did arrive, the link knows: they count once.
      if (wanted) later();
    }
  }

  // A form is sent once; a page brought back from the browser's memory may send again.
  document.addEventListener('submit', (event) => {
    if (busy) { event.preventDefault(); return; }
    if (event.submitter && 'offline' in event.target.dataset) {
      event.preventDefault();
      wanted = { form: event.target, button: event.submitter };
      attempt();
    } else {
      busy = true;
      event.submitter?.setAttribute('aria-disabled', 'true');
    }
  });
  // Who goes on answering is not interrupted.
  document.addEventListener('input', () => { if (wanted && !busy) { wanted = null; clearTimeout(timer); clear(); } });
  window.addEventListener('online', attempt);
  window.addEventListener('pageshow', (event) => { if (event.persisted) { clear(); free(); } });
  window.addEventListener('beforeunload', (event) => { if (wanted && held) event.preventDefault(); });
})();
