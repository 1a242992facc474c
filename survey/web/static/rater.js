// Helps for the rater's form: progress, what is still open, a draft on this device, care with names, keys.
// The form works wholly without this file, and nothing here sends anything anywhere (sending.js does).
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const store = (work) => { try { return work(window.localStorage); } catch { return null; } };

  $('[data-focus]')?.focus();
  const done = $('[data-clear-draft]');
  if (done) store((s) => s.removeItem(done.dataset.clearDraft));

  const form = $('form[data-draft-key]');
  if (!form) return;
  const key = form.dataset.draftKey;
  const items = $$('.q', form);
  const comments = $$('textarea', form);
  $$('[data-js]').forEach((part) => { part.hidden = false; });

  const bar = $('[data-bar]', form);
  const next = $('[data-next]', bar);
  bar.hidden = !items.length;
  const open = (item) => !$('input:checked', item);
  const rests = [];
  const showProgress = () => {
    const n = items.filter((item) => !open(item)).length;
    $('progress', bar).value = n;
    next.hidden = n === items.length;
    rests.forEach((show) => show());
    // Read out when the number changes, and not when an answer is changed.
    if ($('b', bar).textContent !== `${n}`) $('b', bar).textContent = n;
  };

  // What in a comment could point at a person? Returns the words, or ''.
  const known = new Set(form.dataset.known.toLowerCase().split(/\s+/));
  const calendar = /^(I|January|February|March|April|May|June|July|August|September|October|November|December|(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|English|German|French|Spanish)$/;
  const stranger = (name) => !calendar.test(name) && !known.has(name.toLowerCase().replace(/['’]s$/, ''));
  const english = 'english' in form.dataset;
  const pointer = (text) => {
    const mail = text.match(/[^\s@<>]+@[^\s@<>]+\.[a-z]{2,}/i);
    if (mail) return mail[0];
    for (const [number] of text.matchAll(/\+?[\d(][\d\s()./-]{5,}\d/g)) {
      const digits = number.replace(/\D/g, '').length;
      const date = /^\d{1,4}([./-])\d{1,2}\1\d{1,4}$/.test(number);
      if (!date && (digits > 8 || (digits > 6 && /^[+0(]/.test(number)))) return number;
    }
    const title = text.match(/(?:^|\P{L})((?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Madam|Herrn?|Frau|Mme|Señora?)\.? \p{Lu}[\p{L}’'-]+)/u);
    if (title && stranger(title[1].split(' ').pop())) return title[1];
    if (!english) return '';
    for (const [, name] of text.matchAll(/[\p{Ll},;] (\p{Lu}\p{Ll}+(?: \p{Lu}[\p{Ll}’'-]+)+)/gu)) {
      if (name.split(' ').some(stranger)) return name;
    }
    for (const [, name] of text.matchAll(/\b(?:with|to|from|by|told|asked|helped|and|like|when) (\p{Lu}\p{Ll}{2,}(?:['’]s)?)(?![\p{L}])/gu)) {
      if (stranger(name)) return name;
    }
    return '';
  };
  const weigh = (area) => {
    const box = area.closest('.field');
    $('[data-count]', box).textContent = form.dataset.left.replace('{n}', area.maxLength - area.value.length);
    const found = pointer(area.value);
    const text = found && form.dataset.heed.replace('{words}', () => found.trim());
    const heed = $('.heed', box);
    if (heed.textContent !== text) heed.textContent = text;
  };

  // The draft: kept on this device under the key the page names, dropped after thirty days.
  const save = () => {
    const answers = {};
    for (const [name, value] of new FormData(form)) if (/^[rbc]-/.test(name) && value) answers[name] = value;
    store((s) => s.setItem(key, JSON.stringify({ at: Date.now(), answers })));
  };
  const draft = store((s) => JSON.parse(s.getItem(key)));
  if (draft && Date.now() - draft.at > 30 * 864e5) store((s) => s.removeItem(key));
  else if (draft?.answers && !('prefilled' in form.dataset)) {
    for (const [name, value] of Object.entries(draft.answers)) {
      const control = form.elements.namedItem(name);
      if (control) control.value = value;
    }
    $('[data-restored]').hidden = !Object.keys(draft.answers).length;
  }
  let timer;
  // The statement that was answered or shown last.
  let at = -1;
  const changed = (event) => {
    if (event.target.type === 'radio') {
      at = items.indexOf(event.target.closest('.q'));
      showProgress();
    } else if (event.target.type === 'textarea') weigh(event.target);
    clearTimeout(timer);
    timer = setTimeout(save, 250);
  };
  form.addEventListener('input', changed);
  form.addEventListener('submit', () => { clearTimeout(timer); save(); });
  $('[data-forget]').addEventListener('click', () => {
    clearTimeout(timer);
    form.reset();
    $$('input:checked', form).forEach((radio) => { radio.checked = false; });
    $$('select', form).forEach((choice) => { choice.value = ''; });
    comments.forEach((area) => { area.value = ''; weigh(area); });
    store((s) => s.removeItem(key));
    showProgress();
    const note = $('[data-restored]');
    note.textContent = form.dataset.forgotten;
    note.hidden = false;
  });

  // To the next statement without an answer, and after the last one to the first.
  next.addEventListener('click', () => {
    const left = items.filter(open);
    const goal = left.find((item) => items.indexOf(item) > at) || left[0];
    if (!goal) return;
    at = items.indexOf(goal);
    $('input', goal).focus({ preventScroll: true });
    goal.scrollIntoView({ block: 'center' });
  });

  // "Not observed" for all of a competency that has no answer yet, and back.
  for (const part of $$('.part', form)) {
    const own = $$('.q', part);
    if (own.length < 2) continue;
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'button quiet rest', lang: document.documentElement.lang, dir: document.documentElement.dir });
    let filled = [];
    const show = () => {
      filled = filled.filter((radio) => radio.checked);
      button.textContent = filled.length ? form.dataset.undo : form.dataset.rest;
      button.hidden = !filled.length && !own.some(open);
    };
    button.addEventListener('click', () => {
      const back = filled.length > 0;
      const radios = back ? filled : own.filter(open).map((item) => $('[value=none]', item));
      radios.forEach((radio) => { radio.checked = !back; });
      filled = back ? [] : radios;
      radios[0]?.dispatchEvent(new Event('input', { bubbles: true }));
    });
    part.append(button);
    rests.push(show);
  }

  // Number keys on an answer choose and go on to the next statement; N is "not observed", and so is 0 where
  // the scale has no 0. Only there: a single key must do nothing elsewhere.
  form.addEventListener('keydown', (event) => {
    if (!/^[\dn]$/i.test(event.key) || event.ctrlKey || event.metaKey || event.altKey || event.target.type !== 'radio') return;
    const item = event.target.closest('.q');
    const radios = $$('input', item);
    const radio = radios.find((one) => one.value === event.key) || (/[0n]/i.test(event.key) && radios.find((one) => one.value === 'none'));
    if (!radio) return;
    event.preventDefault();
    radio.checked = true;
    radio.dispatchEvent(new Event('input', { bubbles: true }));
    const following = items[items.indexOf(item) + 1];
    const goal = following ? $('input:checked', following) || $('input', following) : comments[0] || $('[name=step]', form);
    goal.focus({ preventScroll: true });
    (following || goal).scrollIntoView({ block: 'center' });
  });

  showProgress();
  comments.forEach(weigh);
})();
