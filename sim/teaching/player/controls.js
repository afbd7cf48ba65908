// What the hand does: notches, clock, keys. It changes `state` and asks for a new drawing; it draws nothing.
'use strict';

Q.state = {notches: [], realistic: false, seed: 1, t: 0, difference: false, vote: 0, sure: 0, open: false, playing: false,
  own: -1, speed: 1, hands: ['', '', '']};
Q.PER_SECOND = 4;                               // pictures a second at speed 1: slow enough to talk over
Q.SPEEDS = [0.5, 1, 2, 4];
Q.STILLS = 6;                                   // pictures shown where motion is not wanted

Q.controls = {
  start() {
    const lesson = Q.data.lesson, s = Q.state;
    s.notches = lesson.controls.map(control => control.start);
    s.difference = lesson.map.gap;
    this.readHash();
    this.build(lesson);
    document.addEventListener('keydown', event => this.key(event));
    document.addEventListener('click', event => {
      const button = event.target.closest('[data-do]');
      if (button) this.act(button.dataset.do, button.dataset.value);
    });
    const clock = document.getElementById('clock');
    clock.max = lesson.months.length - 1;
    clock.addEventListener('input', () => this.at(Number(clock.value)));
    s.hands.forEach((_, k) => document.getElementById('hands-' + k).addEventListener('input', event => {
      s.hands[k] = event.target.value;
      Q.panels.voted();
    }));
  },

  build(lesson) {                               // one row of notches for each control
    const box = document.getElementById('notches');
    box.replaceChildren(...lesson.controls.map((control, c) => {
      const group = document.createElement('div');
      group.className = 'control';
      group.setAttribute('role', 'radiogroup');
      group.setAttribute('aria-label', Q.words.of(control.title));
      const name = document.createElement('span');
      name.textContent = Q.words.of(control.title);
      group.append(name, ...control.notches.map((notch, n) => {
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = Q.words.of(notch);
        button.dataset.do = 'notch';
        button.dataset.value = c + '-' + n;
        button.setAttribute('role', 'radio');
        return button;
      }));
      return group;
    }));
    this.own(lesson);
  },

  own(lesson) {                                 // the class's own département, where the map has some
    const select = document.getElementById('own');
    select.hidden = !lesson.places;
    if (!lesson.places) return;
    select.replaceChildren(new Option(Q.words.get('own_place'), -1),
      ...lesson.places.map((name, k) => new Option(name, k)));
    if (Q.state.own < 0) Q.state.own = lesson.own;
    select.value = Q.state.own;
    select.onchange = () => {
      Q.state.own = Number(select.value);
      select.blur();
      Q.changed();
    };
  },

  act(name, value) {
    const s = Q.state, last = Q.data.lesson.months.length - 1;
    const all = {
      play: () => (s.playing ? this.pause() : this.play()),
      step: () => this.at(Math.min(s.t + 1, last)),
      back: () => this.at(Math.max(s.t - 1, 0)),
      first: () => this.at(0),
      seed: () => this.set({seed: s.seed % Q.data.lesson.seeds + 1, t: s.t}),
      pick: () => { Q.panels.close(); this.set({seed: Number(value)}); },
      seeds: () => Q.panels.open(Q.locked() ? 'ask' : 'seeds'),   // its maps are those of the end
      notch: () => {
        const [c, n] = value.split('-').map(Number);
        this.set({notches: s.notches.map((old, k) => (k === c ? n : old))});
      },
      real: () => Q.data.lesson.amplified && this.set({realistic: !s.realistic}),
      difference: () => this.set({difference: !s.difference}),
      vote: () => { s.vote = Number(value); Q.panels.voted(); },
      sure: () => { s.sure = Number(value); Q.panels.voted(); },
      begin: () => { if (!Q.bet()) return; s.open = true; Q.panels.close(); Q.changed(); },
      language: () => this.language(),
      supposed: () => Q.panels.open('supposed'),
      help: () => Q.panels.open('help'),
      ask: () => Q.panels.open('ask'),
      close: () => {                            // the keys or the assumptions were read first: the bet comes after them
        if (Q.locked() && Q.panels.now !== 'ask') return Q.panels.open('ask');
        s.open = true;
        Q.panels.close();
        Q.changed();
      },
      full: () => (document.fullscreenElement ? document.exitFullscreen()
        : document.documentElement.requestFullscreen().catch(() => {})),
      speed: () => { this.pause(); this.set({speed: Q.SPEEDS[(Q.SPEEDS.indexOf(s.speed) + 1) % Q.SPEEDS.length]}); },
      keep: () => (Q.locked() ? Q.panels.open('ask') : Q.sheet.keep()),
      print: () => Q.sheet.print(),
      larger: () => Q.size(1.1),
      smaller: () => Q.size(1 / 1.1),
      csv: () => Q.save.csv(),
      png: () => Q.save.png(),
    };
    if (all[name]) all[name]();
  },

  KEYS: {' ': 'play', ArrowRight: 'step', ArrowLeft: 'back', r: 'first', n: 'seed', s: 'seeds', d: 'difference',
    g: 'real', l: 'language', f: 'full', '+': 'larger', '-': 'smaller', '?': 'help', h: 'help', a: 'supposed',
    v: 'ask', t: 'speed', i: 'keep', p: 'print', Escape: 'close'},

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const written = /^(INPUT|SELECT)$/.test(event.target.tagName) && event.target.type !== 'range';
    if (written && event.key !== 'Escape' && event.key !== 'Enter') return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (/^[123]$/.test(key) && Q.panels.now === 'ask') {
      this.act('vote', key);
      document.querySelector('#ask [data-do=begin]').focus();   // Enter begins, and changes no bet
    } else if (key === 'Enter' && Q.panels.now === 'ask' && event.target.tagName !== 'BUTTON') {
      this.act('begin');
    } else if (this.KEYS[key]) {
      this.act(this.KEYS[key]);
    } else {
      return;
    }
    event.preventDefault();
  },

  set(change) {
    Object.assign(Q.state, change);
    Q.changed();
  },

  at(t) {
    if (Q.locked()) return Q.panels.open('ask');
    Q.state.t = t;
    Q.changed();
  },

  play() {
    if (Q.locked()) return Q.panels.open('ask');
    const s = Q.state, last = Q.data.lesson.months.length - 1;
    if (s.t >= last) s.t = 0;
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {   // six stills, one at each press
      const still = Math.floor(s.t / last * (Q.STILLS - 1) + 1e-9) + 1;
      return this.at(Math.round(still * last / (Q.STILLS - 1)));
    }
    s.playing = true;
    const from = s.t, began = performance.now();
    const frame = now => {
      if (!s.playing) return;
      s.t = Math.min(last, from + Q.played(now - began));
      if (s.t >= last) s.playing = false;
      Q.changed();
      if (s.playing) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  },

  pause() {
    Q.state.playing = false;
    Q.changed();
  },

  language() {                                  // the run, the clock and the vote stay
    Q.words.lang = Q.words.lang === 'fr' ? 'en' : 'fr';
    Q.page.words();
    this.build(Q.data.lesson);
    Q.panels.open(Q.panels.now);
    Q.changed();
  },

  // The address holds the view, so that a link or a bookmark opens it again.
  writeHash() {
    const s = Q.state;
    const text = `#n=${s.notches.join('-')}&r=${s.realistic ? 1 : 0}&s=${s.seed}&t=${s.t}&l=${Q.words.lang}`
      + (s.own >= 0 ? `&d=${s.own}` : '') + (s.difference !== Q.data.lesson.map.gap ? `&b=${s.difference ? 1 : 0}` : '');
    if (location.hash !== text) history.replaceState(null, '', text);
  },

  readHash() {
    const given = new URLSearchParams(location.hash.slice(1)), s = Q.state, lesson = Q.data.lesson;
    const whole = (name, low, high, otherwise) => {
      const value = given.has(name) ? Number(given.get(name)) : NaN;
      return Number.isInteger(value) && value >= low && value <= high ? value : otherwise;
    };
    const notches = (given.get('n') || 'none').split('-').map(Number);
    if (notches.length === s.notches.length && notches.every((n, c) => n < lesson.controls[c].notches.length && n >= 0)) {
      s.notches = notches;
    }
    s.realistic = Boolean(lesson.amplified) && whole('r', 0, 1, 0) === 1;
    s.seed = whole('s', 1, lesson.seeds, 1);
    s.t = whole('t', 0, lesson.months.length - 1, 0);
    s.difference = whole('b', 0, 1, s.difference ? 1 : 0) === 1;
    s.own = whole('d', 0, (lesson.places || []).length - 1, -1);
    if (/^(fr|en)$/.test(given.get('l') || '')) Q.words.lang = given.get('l');
    if (s.t > 0) s.open = true;                 // a view of the middle of a run was seen before
  },
};

Q.played = ms => Math.max(0, Math.floor(ms / 1000 * Q.PER_SECOND * Q.state.speed));   // pictures that have gone by
Q.locked = () => !Q.state.open;
Q.bet = () => Q.state.vote > 0 || Q.state.hands.some(text => Number(text) > 0);   // one voice, or a show of hands
Q.size = function (factor) {
  const root = document.documentElement.style;
  const now = parseFloat(root.getPropertyValue('--size')) || 1;
  root.setProperty('--size', Math.min(1.6, Math.max(0.7, now * factor)));
  Q.changed();
};
