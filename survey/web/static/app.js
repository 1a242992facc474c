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
  // Back to a remembered page: its buttons work again.
  window.addEventListener('pageshow', (event) => { if (event.persisted) window.location.reload(); });
})();
