// Words and numbers in the language of the page. `Q` holds everything; there is no module: file:// refuses them.
'use strict';
const Q = {};

Q.words = {
  lang: 'fr',
  table: {},                                    // lang -> key -> text, written by the builder
  get(key, values) {
    const text = this.table[this.lang][key];
    if (text === undefined) throw new Error('no word ' + key);
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  },
  of(both) { return both[this.lang]; },         // a text of the lesson: {fr, en}
  fill(root) {                                  // data-word: the text; data-word-label: the name for screen readers
    for (const e of root.querySelectorAll('[data-word]')) e.textContent = this.get(e.dataset.word, e.dataset);
    for (const e of root.querySelectorAll('[data-word-label]')) {
      e.setAttribute('aria-label', this.get(e.dataset.wordLabel, e.dataset));
      e.title = e.getAttribute('aria-label');
    }
    document.documentElement.lang = this.lang;
  },
};

// A number with as many digits as can be read from afar: three, and units of its language.
Q.number = function (value, unit, signed) {
  if (!Number.isFinite(value)) return Q.words.get('no_number');
  const options = {signDisplay: signed ? 'exceptZero' : 'negative'};
  const format = (x, more) => new Intl.NumberFormat(Q.words.lang === 'fr' ? 'fr-FR' : 'en-GB',
    {...options, ...more}).format(x).replace('-', '\u2212');
  const space = Q.words.lang === 'fr' ? '\u00a0' : '';
  if (unit === 'share') return format(100 * value, {maximumFractionDigits: Math.abs(value) < 0.1 ? 1 : 0}) + space + '%';
  if (unit === 'points') return format(100 * value, {maximumFractionDigits: 1, minimumFractionDigits: 1}) + '\u00a0pt';
  if (unit === 'percent') return format(value, {maximumFractionDigits: 1}) + space + '%';
  if (unit === 'tenths') return format(value, {minimumFractionDigits: 1, maximumFractionDigits: 1}) + space + '%';
  if (unit === 'plain') return format(value, {maximumFractionDigits: 1});
  if (unit === 'eur') return Q.euros(value, format);
  if (unit === 'index') return format(value, {minimumFractionDigits: 2, maximumFractionDigits: 2});
  if (unit === 'few') return format(value, {minimumFractionDigits: 1, maximumFractionDigits: 1});
  return format(value, {maximumFractionDigits: 0});
};

Q.euros = function (value, format) {
  const steps = [[1e9, 'bn', 'Md€'], [1e6, 'm', 'M€'], [1e3, 'k', 'k€'], [1, '', '€']];
  const [scale, en, fr] = steps.find(([size]) => Math.abs(value) >= size) || steps[3];
  const text = format(value / scale, {maximumSignificantDigits: 3});
  if (Q.words.lang === 'fr') return text + '\u00a0' + fr;
  return text.replace(/^([\u2212+]?)/, '$1€') + en;
};

// 2013.5 -> "July 2013".
Q.month = function (absolute) {
  const date = new Date(Date.UTC(Math.floor(absolute / 12), absolute % 12, 1));
  const locale = Q.words.lang === 'fr' ? 'fr-FR' : 'en-GB';
  return new Intl.DateTimeFormat(locale, {month: 'long', year: 'numeric', timeZone: 'UTC'}).format(date);
};
