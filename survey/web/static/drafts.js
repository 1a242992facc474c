// What is typed into a form with long texts stays in this tab until it is saved: a session that
// ended, or a page that was left by mistake, loses nothing. Nothing here goes to the server.
// Signing out wipes it, and so does somebody else's signing in.
(() => {
  'use strict';
  const PREFIX = 'draft:';
  const LONGEST = 12 * 36e5;
  const { person = '', ...marks } = document.body.dataset;
  const store = (work) => { try { return work(window.sessionStorage); } catch { return null; } };
  const read = (key) => store((s) => JSON.parse(s.getItem(PREFIX + key)));
  const write = (key, draft) => store((s) => s.setItem(PREFIX + key, JSON.stringify(draft)));
  const drop = (key) => store((s) => s.removeItem(PREFIX + key));
  const keys = () => (store((s) => Object.keys(s)) || [])
    .filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
  const channel = 'BroadcastChannel' in window ? new BroadcastChannel('drafts') : null;
  const tell = (message) => channel?.postMessage(message);

  // A page that shows problems, or that is no answer to what was sent, means: it is not saved.
  // A draft that the service keeps with its problems is saved, and says so.
  const failed = !document.querySelector('main [data-kept]')
    && !!document.querySelector('main .errors, main [aria-invalid="true"], main .flash.bad');
  const visit = performance.getEntriesByType('navigation')[0]?.type;
  const unsaved = !person || 'unsaved' in marks || failed || visit === 'reload' || visit === 'back_forward';

  for (const key of keys()) {
    const draft = read(key);
    if (!draft || Date.now() - draft.at > LONGEST || (person && draft.person !== person)) drop(key);
    else if (draft.sent && unsaved) write(key, { ...draft, sent: false });
    else if (draft.sent) { drop(key); tell({ saved: key }); }
  }

  const forms = person && !('unsaved' in marks)
    ? [...document.querySelectorAll('main form[method="post"]')].filter((form) => form.querySelector('textarea'))
    : [];
  const keyOf = (form) => new URL(form.action).pathname;
  const choice = (one) => one.type === 'checkbox' || one.type === 'radio';
  const fields = (form) => [...form.elements].filter((one) =>
    one.name && !/^(hidden|file|password|submit|button|reset|fieldset)$/.test(one.type));
  const values = (form) => {
    const found = {};
    for (const one of fields(form)) {
      const list = found[one.name] ??= [];
      if (!choice(one)) list.push(one.value);
      else if (one.checked) list.push(one.value);
    }
    return found;
  };
  const fill = (form, wanted) => {
    const left = Object.fromEntries(Object.entries(wanted).map(([name, list]) => [name, [...list]]));
    for (const one of fields(form)) {
      const list = left[one.name];
      if (!list) continue;
      const before = choice(one) ? one.checked : one.value;
      if (choice(one)) one.checked = list.includes(one.value);
      else if (list.length) one.value = list.shift();
      if (before !== (choice(one) ? one.checked : one.value)) one.dispatchEvent(new Event('change', { bubbles: true }));
    }
  };
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  let wiped = false;
  const watched = forms.map((form) => {
    const key = keyOf(form);
    const start = values(form);
    let timer;
    const keep = (sent = false) => {
      clearTimeout(timer);
      if (wiped) return;
      const now = values(form);
      if (!failed && same(now, start)) drop(key);
      else write(key, { person, at: Date.now(), sent, values: now });
    };
    const bringBack = (draft) => {
      if (failed || same(draft.values, start)) return;
      fill(form, draft.values);
      const note = document.createElement('div');
      note.className = 'flash info';
      note.setAttribute('role', 'status');
      const words = document.createElement('p');
      words.textContent = document.body.dataset.draftBack;
      const away = document.createElement('button');
      away.type = 'button';
      away.className = 'button secondary';
      away.textContent = document.body.dataset.draftAway;
      away.addEventListener('click', () => { wiped = true; drop(key); window.location.reload(); });
      note.append(words, away);
      form.before(note);
    };
    form.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(keep, 250); });
    form.addEventListener('change', () => keep());
    form.addEventListener('submit', () => keep(true));
    window.addEventListener('pagehide', () => { if (!read(key)?.sent) keep(); });
    const draft = read(key);
    if (draft) bringBack(draft);
    return { form, key, start, bringBack };
  });

  // A link to sign in with opens another tab. A tab that waits at the sign-in page lends its drafts.
  channel?.addEventListener('message', ({ data }) => {
    if (data.out) { wiped = true; keys().forEach(drop); }
    if (data.saved && !person) drop(data.saved);
    if (data.ask && !person) {
      const draft = read(data.ask);
      if (draft && draft.person === data.person) tell({ lend: data.ask, draft });
    }
    if (data.lend) {
      const here = watched.find(({ key }) => key === data.lend);
      if (!here || read(here.key) || data.draft.person !== person || !same(values(here.form), here.start)) return;
      write(here.key, data.draft);
      here.bringBack(data.draft);
    }
  });
  for (const { key } of watched) if (!read(key)) tell({ ask: key, person });

  document.addEventListener('submit', (event) => {
    if (!('forgetDrafts' in event.target.dataset)) return;
    wiped = true;
    keys().forEach(drop);
    tell({ out: true });
  });
})();
