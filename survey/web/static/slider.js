// Turns a long row of numbers into a slider with its number beside it. Without scripts the row stays.
(() => {
  'use strict';
  for (const box of document.querySelectorAll('[data-slider]')) {
    const radios = [...box.querySelectorAll('.opts input')];
    const none = box.querySelector('.no input');
    const legend = box.querySelector('legend');
    const range = document.createElement('input');
    const shown = document.createElement('output');
    const show = () => {
      const chosen = radios.find((radio) => radio.checked);
      range.value = chosen ? chosen.value : (Number(range.min) + Number(range.max)) / 2;
      shown.textContent = chosen ? chosen.value : '–';
      range.classList.toggle('unset', !chosen);
      range.setAttribute('aria-valuetext', chosen ? `${chosen.value} of ${range.max}` : 'no answer');
    };
    const choose = () => {
      radios.find((radio) => radio.value === range.value).checked = true;
      show();
    };
    range.type = 'range';
    range.min = radios[0].value;
    range.max = radios.at(-1).value;
    // Links to the field lead to the slider, which stands for all of the hidden numbers.
    range.id = radios[0].id;
    radios[0].removeAttribute('id');
    range.setAttribute('aria-labelledby', legend.id);
    range.addEventListener('input', choose);
    // A first click on where the handle stands already chooses that number, and says so.
    range.addEventListener('click', choose);
    none.addEventListener('change', show);
    shown.setAttribute('aria-hidden', 'true');
    const line = document.createElement('div');
    line.className = 'slider';
    line.append(range, shown);
    box.querySelector('.opts').before(line);
    box.classList.add('slid');
    show();
  }
})();
