"""What assistive technology is told of the parts of a page, and how large they are to press."""

from __future__ import annotations

from playwright.sync_api import Page

# An accessible name as far as these pages need it: what is hidden from the eye alone counts.
_NAME = """
    const shown = (one) => one.checkVisibility() && !one.closest('[aria-hidden=true]');
    const words = (text) => (text || '').replace(/\\s+/g, ' ').trim();
    const byId = (ids) => words((ids || '').split(' ')
        .map((id) => document.getElementById(id)?.textContent).join(' '));
    const nameOf = (one) => words(one.getAttribute('aria-label'))
        || byId(one.getAttribute('aria-labelledby')) || words(one.textContent);
    const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
    const short = (one) => one.outerHTML.slice(0, 140);
"""

# WCAG 2.5.8 leaves out links within a sentence, which are as large as their words.
_SMALL = """(least) => {
    const inSentence = (one) => one.localName === 'a' && getComputedStyle(one).display === 'inline'
        && words(one.parentElement.textContent) !== words(one.textContent);
    const pressed = (one) => one.matches('.q label input') ? one.nextElementSibling
        : one.matches('[type=checkbox], [type=radio]') ? one.closest('label') || one : one;
    return all('a[href], button, summary, select, textarea, input:not([type=hidden])')
        .filter((one) => !one.matches('.skip') && !inSentence(one))
        .filter((one) => {
            const box = pressed(one).getBoundingClientRect();
            return box.height < least - .5 || box.width < least - .5;
        })
        .map((one) => `smaller than ${least} pixels: ${short(one)}`);
}"""

_ALIKE = """() => {
    const seen = new Map(), found = [];
    const meet = (kind, name, leads, one) => {
        const key = `${kind} “${name}”`;
        if (!seen.has(key)) seen.set(key, leads);
        else if (seen.get(key) !== leads) found.push(`leads to two places: ${key}: ${short(one)}`);
    };
    for (const one of all('a[href]')) meet('link', nameOf(one), one.href, one);
    for (const one of all('button')) {
        if (!one.form) continue;
        const data = [...new FormData(one.form)].filter(([name]) => name !== 'csrf_token');
        // Two buttons of one form are one place; of two forms, what they send tells them apart.
        const sent = one.form.method === 'post' && !one.form.querySelector(':not([type=hidden])'
            + ':is(input, select, textarea)') ? JSON.stringify(data) : '';
        meet('button', nameOf(one), `${one.form.action} ${one.value} ${sent}`, one);
    }
    return [...new Set(found)];
}"""

_STRUCTURE = """() => {
    const found = [];
    const say = (what, one) => found.push(`${what}${one ? `: ${short(one)}` : ''}`);
    if (!document.documentElement.lang || !document.documentElement.dir) say('no language');
    if (!document.title.trim()) say('no title');
    for (const [selector, many] of [['h1', 1], ['main', 1], ['body > header', 1]]) {
        if (document.querySelectorAll(selector).length !== many) say(`not one ${selector}`);
    }
    let level = 0;
    for (const one of all('h1, h2, h3, h4, h5, h6')) {
        if (!nameOf(one)) say('an empty heading', one);
        if (+one.localName[1] > level + 1) say('a level of headings is left out', one);
        level = +one.localName[1];
    }
    if (all('nav').some((one) => !one.hasAttribute('aria-label'))) say('a nav without a name');
    const labels = all('nav').map((one) => one.getAttribute('aria-label'));
    if (new Set(labels).size !== labels.length) say(`two navs of one name: ${labels}`);
    for (const one of all('table')) {
        if (!one.querySelector('th[scope], thead th')) say('a table without headers', one);
        if (!one.caption && !one.closest('[aria-labelledby], section, details, figure'))
            say('a table without a name', one);
    }
    for (const one of all('svg')) {
        if (one.getAttribute('role') !== 'img') say('a picture that is not said to be one', one);
        const own = one.querySelector(':scope > title')?.textContent;
        const name = one.getAttribute('aria-label') || byId(one.getAttribute('aria-labelledby'));
        if (!words(name || own)) say('a picture without words', one);
    }
    for (const one of all('img')) if (!one.hasAttribute('alt')) say('a picture without words', one);
    for (const one of all('input:not([type=hidden]), select, textarea')) {
        if (![...one.labels].some((label) => words(label.textContent)) && !nameOf(one))
            say('a field without a label', one);
        const kind = one.type;
        if ((kind === 'radio') && !words(one.closest('fieldset')?.querySelector('legend')
            ?.textContent)) say('a choice outside a named group', one);
    }
    for (const one of all('fieldset')) {
        const legend = one.querySelector(':scope > legend');
        if (!words(legend?.textContent)) say('a group without a name', one);
    }
    for (const one of document.querySelectorAll('[aria-describedby], [aria-labelledby]')) {
        for (const name of ['aria-describedby', 'aria-labelledby']) {
            for (const id of (one.getAttribute(name) || '').split(' ').filter(Boolean)) {
                if (!document.getElementById(id)) say(`${name} leads nowhere`, one);
            }
        }
    }
    for (const one of all('a[aria-label], button[aria-label], summary[aria-label]')) {
        if (!one.getAttribute('aria-label').includes(words(one.textContent)))
            say('what is seen is not in the name', one);
    }
    for (const one of all('[aria-invalid=true]')) {
        if (!byId(one.getAttribute('aria-describedby'))) say('wrong, and it is not said how', one);
    }
    for (const one of all('.flash, .errors')) {
        if (!one.matches('[role=status], [role=alert]')) say('a message that is not read out', one);
    }
    for (const one of all('.errors a[href^="#"]')) {
        if (!document.getElementById(one.hash.slice(1))) say('a problem leads nowhere', one);
    }
    for (const one of all('body *')) {
        const sideways = getComputedStyle(one).overflowX;
        if (['auto', 'scroll'].includes(sideways) && one.scrollWidth > one.clientWidth + 1
            && !one.matches('textarea, input, select, [tabindex="0"][aria-label], '
                + '[tabindex="0"][aria-labelledby]')) say('scrolls out of reach of keys', one);
    }
    const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
    const twice = ids.filter((id, place) => ids.indexOf(id) !== place);
    if (twice.length) say(`ids are there twice: ${twice}`);
    const announced = /new tab|neue|onglet|pestaña|جديدة/;
    if (all('[target=_blank]').some((one) => !announced.test(nameOf(one))))
        say('a new tab that is not announced');
    return found;
}"""

# After a press of a key, the browser shows where the focus is put.
_UNMARKED = """() => {
    const found = [];
    for (const one of all('a[href], button, summary, select, textarea, '
        + 'input:not([type=hidden]), [tabindex="0"]')) {
        one.focus({ preventScroll: true });
        if (document.activeElement !== one) continue;
        const look = getComputedStyle(one.matches('.q label input') ? one.nextElementSibling : one);
        if (look.outlineStyle === 'none' || parseFloat(look.outlineWidth) < 2)
            found.push(`the focus cannot be seen: ${short(one)}`);
    }
    document.activeElement.blur();
    return found;
}"""

_MOVING = """() => all('*').concat(document.documentElement).filter((one) => {
    const look = getComputedStyle(one);
    return look.transitionDuration !== '0s' || look.animationName !== 'none'
        || look.scrollBehavior !== 'auto';
}).map((one) => `moves: ${short(one)}`)"""


def small(page: Page, least: int) -> list[str]:
    """What is smaller to press than so many CSS pixels each way."""
    return _asked(page, _SMALL, least)


def alike(page: Page) -> list[str]:
    """Links, and buttons, that are called the same and do different things."""
    return _asked(page, _ALIKE)


def structure(page: Page) -> list[str]:
    """Faults of headings, landmarks, tables, pictures, fields, messages and references."""
    return _asked(page, _STRUCTURE)


def unmarked(page: Page) -> list[str]:
    """What has the focus of the keyboard without showing it."""
    page.keyboard.press("Shift")
    return _asked(page, _UNMARKED)


def moving(page: Page) -> list[str]:
    """What moves, or would when it changes."""
    return _asked(page, _MOVING)


def _asked(page: Page, function: str, argument: object = None) -> list[str]:
    found = page.evaluate(f"(argument) => {{ {_NAME} return ({function})(argument); }}", argument)
    return [str(one) for one in found]
