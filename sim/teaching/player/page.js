// Draws the page from `Q.state`, and starts it.
'use strict';

Q.data.ground = () => Q.data.lesson.ground;
Q.scaled = values => Float32Array.from(values, v => v * Q.data.lesson.step);
const $ = id => document.getElementById(id);

Q.page = {
  maps: [],

  async start(lesson, table, lang) {
    Q.data.lesson = lesson;
    Q.words.table = table;
    Q.words.lang = lang;
    Q.controls.start();
    this.maps = ['a', 'b'].map(side => new Q.Map($('map-' + side), lesson.ground));
    this.chart = new Q.Chart($('chart'));
    this.words();
    addEventListener('resize', () => Q.changed());
    await Q.draw();
    if (Q.locked()) Q.panels.open('ask');
    document.body.dataset.ready = 'yes';
  },

  words() {                                     // every text of the page, in its language
    const lesson = Q.data.lesson, w = Q.words;
    w.fill(document);
    for (const e of document.querySelectorAll('[data-lesson]')) {
      const text = e.dataset.lesson.split('.').reduce((at, key) => at[key], lesson);
      e.textContent = typeof text === 'string' ? text : w.of(text);
    }
    document.title = w.of(lesson.title);
    $('ignored').replaceChildren(...lesson.ignored.map(text => {
      const item = document.createElement('li');
      item.textContent = w.of(text);
      return item;
    }));
    $('grossed').textContent = lesson.amplified ? w.get('grossed', {times: lesson.amplified.times,
      names: w.of(lesson.amplified.title)}) : w.get('not_grossed');
    for (const [id, parts] of [['equation', lesson.equation], ['symbols', lesson.symbols ? w.of(lesson.symbols) : []]]) {
      $(id).replaceChildren(...parts.map(([kind, text]) => Object.assign(document.createElement(kind), {textContent: text})));
    }
    this.vote();
  },

  vote() {
    const s = Q.state, w = Q.words, chosen = Q.data.lesson.options[s.vote - 1];
    const [a, b, c] = s.hands.map(text => Number(text) || 0);
    if (a + b + c > 0) $('bet').textContent = w.get('bets_of_class', {a, b, c});
    else $('bet').textContent = chosen
      ? w.get('your_bet') + w.get('colon') + 'abc'[s.vote - 1] + ') ' + w.of(chosen) : w.get('no_bet');
  },

  shown(value) {
    const rule = Q.data.lesson.number;
    return !Number.isFinite(value) ? '–' : Q.number(value, rule.unit, rule.take === 'difference' || rule.take === 'change');
  },

  async draw() {
    const lesson = Q.data.lesson, s = Q.state;
    const [a, b] = await Promise.all(['a', 'b'].map(side => Q.data.run(s.notches, s.realistic, side, s.seed)));
    if (s.t >= lesson.months.length) s.t = lesson.months.length - 1;
    const layers = [a, b].map(run => Q.scaled(run.layer[s.t]));
    const marks = {boxes: lesson.boxes, own: s.own};
    this.maps[0].draw(layers[0], lesson.limits, lesson.colours, marks);
    this.right(this.maps[1], a, b, s.t, marks);
    const [in_a, in_b] = [a, b].map(run => run.numbers[lesson.chart.show]);
    this.chart.draw(lesson.chart.gap ? [{values: in_b.map((v, t) => v - in_a[t]), name: 'B − A', look: 1}]
      : [{values: in_a, name: 'A', look: 0}, {values: in_b, name: 'B', look: 1}],
    lesson.months, s.t, lesson.chart.unit);
    $('number').textContent = this.shown(Q.numberAt(lesson.number, a, b, s.t));
    this.state(layers);
    Q.drawn = (Q.drawn || 0) + 1;
  },

  right(map, a, b, t, marks) {                  // the map on the right: world B, or what it changes
    const lesson = Q.data.lesson, shown = Q.scaled(b.layer[t]), more = {...marks, hubs: b.hubs};
    if (!Q.state.difference) return map.draw(shown, lesson.limits, lesson.colours, more);
    const without = Q.scaled(a.layer[t]);
    map.draw(shown.map((value, i) => value - without[i]), lesson.gapLimits, lesson.gapColours, more);
  },

  state(layers) {                               // everything that is not a picture
    const lesson = Q.data.lesson, s = Q.state, w = Q.words;
    $('clock').value = s.t;
    $('when').textContent = Q.month(lesson.months[s.t]);
    $('clock').setAttribute('aria-valuetext', $('when').textContent);
    $('seed').textContent = w.get('seed', {seed: s.seed});
    $('play').textContent = w.get(s.playing ? 'pause' : 'play');
    $('play').classList.toggle('locked', Q.locked());
    $('badge').hidden = !lesson.amplified;
    if (lesson.amplified) {
      $('badge').textContent = s.realistic ? w.get('realistic') : w.get('amplified', {times: lesson.amplified.times});
      $('badge').classList.toggle('real', s.realistic);
      $('badge').setAttribute('aria-pressed', !s.realistic);
    }
    $('title-b').textContent = (s.difference ? w.get('difference') : 'B') + w.get('colon')
      + (s.difference ? w.get('what_b_changes') : w.of(lesson.sides.b));
    $('speed').textContent = '×\u00a0' + Q.number(s.speed, 'plain');
    $('keep').textContent = w.get('keep', {n: Q.sheet.kept.length});
    for (const button of document.querySelectorAll('[data-do=notch]')) {
      const [c, n] = button.dataset.value.split('-').map(Number);
      button.setAttribute('aria-checked', s.notches[c] === n);
    }
    document.querySelector('[data-do=difference]').setAttribute('aria-pressed', s.difference);
    const title = w.of(lesson.map.title);
    $('legend-title').textContent = s.difference
      ? w.get('gap_legend', {title: title.charAt(0).toLowerCase() + title.slice(1)}) : title;
    Q.legend($('legend'), s.difference ? lesson.gapLimits : lesson.limits,
      s.difference ? lesson.gapColours : lesson.colours, lesson.map.unit, s.difference);
    $('mine').hidden = s.own < 0;
    if (s.own >= 0) {
      $('mine').textContent = lesson.places[s.own] + w.get('colon')
        + layers.map((layer, k) => 'AB'[k] + ' ' + Q.number(layer[s.own], lesson.map.unit)).join(', ');
    }
    Q.controls.writeHash();
  },
};

// Draw once, however many things changed since; a drawing that waits for its run takes the latest state.
Q.draw = async function () {
  if (Q.drawing) {
    Q.again = true;
    return Q.drawing;
  }
  Q.drawing = (async () => {
    try {
      do {
        Q.again = false;
        await Q.page.draw();
      } while (Q.again);
    } finally {
      Q.drawing = null;
    }
  })();
  return Q.drawing;
};
Q.changed = () => { Q.draw(); };
