// Small helps for signed-in pages. Every page works without them.
(() => {
  'use strict';
  document.querySelector('[data-focus]')?.focus();

  const busy = new WeakSet();
  document.addEventListener('submit', (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm || form.dataset.confirm;
    if (busy.has(form) || (question && !window.confirm(question))) {
      event.preventDefault();
      return;
    }
    // The question has been asked here; without scripts the server asks it on a page of its own.
    if (question && form.elements.sure) form.elements.sure.value = 'yes';
    if (form.method !== 'post' || form.target === '_blank' || form.hasAttribute('data-download')) return;
    busy.add(form);
    event.submitter?.setAttribute('aria-disabled', 'true');
  });
  // Some minutes before a session ends for lack of use, the page asks: one press, and it goes on.
  // The service notes last use in steps of five minutes, so at least three are left to answer.
  const idle = Number(document.body.dataset.idleMinutes);
  if (idle) {
    const make = (name, text) => Object.assign(document.createElement(name), { textContent: text });
    const asking = document.createElement('dialog');
    const question = 'Are you still there?';
    const why = `You are signed out after ${idle} minutes without opening a page, which is in three minutes at the earliest.`;
    const title = make('h2', question);
    title.id = 'still-there';
    asking.setAttribute('aria-labelledby', title.id);
    const words = make('p', why);
    words.setAttribute('role', 'status');
    const stay = make('button', 'Stay signed in');
    stay.className = 'button primary';
    asking.append(title, words, stay);
    document.body.append(asking);
    const others = 'BroadcastChannel' in window ? new BroadcastChannel('session') : null;
    let timer;
    const wait = () => {
      clearTimeout(timer);
      if (asking.open) asking.close();
      [title.textContent, words.textContent] = [question, why];
      timer = setTimeout(() => asking.showModal(), (idle - 8) * 6e4);
    };
    const used = () => { wait(); others?.postMessage('used'); };
    const go = async () => {
      const answer = await fetch(document.querySelector('.account').href, { method: 'HEAD', redirect: 'manual' }).catch(() => null);
      if (answer?.ok) { used(); return; }
      title.textContent = answer ? 'You have been signed out' : 'The service cannot be reached';
      words.textContent = answer ? 'What you typed is still here. Sign in again in another tab, then send it from this one.' : 'Please check your connection, and try again.';
      if (answer) { stay.textContent = 'Go back to the page'; stay.onclick = () => asking.close(); }
      if (!asking.open) asking.showModal();
    };
    stay.onclick = go;
    asking.addEventListener('cancel', (event) => { if (stay.onclick === go) { event.preventDefault(); go(); } });
    others?.addEventListener('message', wait);
    used();
  }

  // Back to a remembered page: its buttons work again.
  window.addEventListener('pageshow', (event) => { if (event.persisted) window.location.reload(); });
})();
