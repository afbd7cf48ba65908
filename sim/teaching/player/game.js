// The evaluation game: a policy, a way to evaluate it, a bet, the truth. The figures are those of the laboratory.
'use strict';

const $ = id => document.getElementById(id);

Q.game = {
  policy: '',
  design: '',
  world: 0,
  bet: 0,

  start(content, table, lang) {
    this.content = content;
    Q.words.table = table;
    Q.words.lang = lang;
    document.addEventListener('click', event => {
      const button = event.target.closest('[data-do]');
      if (button) this.act(button.dataset.do, button.dataset.value);
    });
    document.addEventListener('keydown', event => this.key(event));
    addEventListener('resize', () => this.show());
    this.show();
    document.body.dataset.ready = 'yes';
  },

  step() { return this.policy ? (this.design ? 3 : 2) : 1; },

  act(name, value) {
    const worlds = () => this.content.told[this.policy][this.design].length;
    const all = {
      choose_policy: () => { this.policy = value; },
      choose_design: () => { this.design = value; this.bet = 0; },
      bet: () => { this.bet = Number(value); },
      world: () => { this.world = (this.world + 1) % worlds(); this.bet = 0; },
      design: () => { this.design = ''; this.bet = 0; },
      policy: () => { this.policy = this.design = ''; this.bet = 0; },
      back: () => {
        if (this.bet) this.bet = 0;
        else if (this.design) this.design = '';
        else this.policy = '';
      },
      language: () => { Q.words.lang = Q.words.lang === 'fr' ? 'en' : 'fr'; },
    };
    if (all[name]) all[name]();
    this.show();
  },

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const names = {Escape: 'back', l: 'language', w: 'world'};
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (/^[1-9]$/.test(key)) {
      const step = this.step(), cards = document.querySelectorAll(`#step-${step} [data-key="${key}"]`);
      if (step === 3 && !this.bet && key <= '3') this.act('bet', key);
      else if (cards.length) cards[0].click();
      else return;
    } else if (names[key] && (key !== 'w' || this.step() === 3)) {
      this.act(names[key]);
    } else {
      return;
    }
    event.preventDefault();
  },

  figures(world) {                              // of one world, by name
    const row = this.content.told[this.policy][this.design][world === undefined ? this.world : world];
    return Object.fromEntries(this.content.figures.map((name, k) => [name, row[k]]));
  },

  percent(value) { return Q.number(value, 'tenths', true); },

  card(key, kind, name, number) {
    const button = document.createElement('button'), bold = document.createElement('b'), text = document.createElement('span');
    button.type = 'button';
    button.dataset.do = 'choose_' + kind;
    button.dataset.value = name;
    button.dataset.key = number;
    bold.textContent = number + '. ' + Q.words.get(key + '_' + name);
    text.textContent = Q.words.get(key + '_' + name + '_how');
    button.append(bold, text);
    return button;
  },

  show() {
    const w = Q.words, step = this.step();
    w.fill(document);
    document.title = w.get('game_title');
    for (const k of [1, 2, 3]) $('step-' + k).hidden = k !== step;
    const policies = this.content.policies, designs = this.policy ? Object.keys(this.content.told[this.policy]) : [];
    $('policies').replaceChildren(...policies.map((name, k) => this.card('policy', 'policy', name, k + 1)));
    $('designs').replaceChildren(...designs.map((name, k) => this.card('design', 'design', name, k + 1)));
    for (const name of ['estimate', 'interval', 'true', 'verdict', 'why', 'eight', 'net']) $(name).textContent = '';
    for (const path of document.querySelectorAll('.path')) path.textContent = this.path();
    for (const [name, from] of [['back', 2], ['world', 3], ['design', 3], ['policy', 2]]) {
      document.querySelector(`footer [data-do=${name}]`).hidden = step < from;
    }
    if (step === 3) this.result();
  },

  path() {
    const w = Q.words;
    if (!this.policy) return '';
    if (!this.design) return w.get('policy_' + this.policy);
    const world = w.get('world_of', {k: this.world + 1, n: this.content.told[this.policy][this.design].length});
    return w.get('policy_' + this.policy) + ' → ' + w.get('design_' + this.design) + ' · ' + world;
  },

  result() {
    const w = Q.words, f = this.figures();
    $('estimate').textContent = this.percent(f.estimate);
    $('interval').textContent = w.get('interval', {low: this.percent(f.low), high: this.percent(f.high)});
    $('bets').hidden = this.bet > 0;
    $('truth').hidden = !this.bet;
    if (this.bet) this.reveal(f);
    this.axis(f);
  },

  // Right where the estimate errs by a quarter of the truth at most, as in the laboratory.
  right(f) {
    const off = f.estimate - f.truth;
    return Math.abs(off) <= 0.25 * Math.abs(f.truth) ? 1 : off > 0 ? 2 : 3;
  },

  reveal(f) {
    const w = Q.words, holds = x => x.low <= x.truth && x.truth <= x.high;
    const all = this.content.told[this.policy][this.design].map((_, k) => this.figures(k));
    const right = this.right(f);
    $('true').textContent = this.percent(f.truth);
    $('verdict').textContent = w.get(right === this.bet ? 'well_seen' : 'missed') + ' ' + w.get('answer_' + right);
    $('why').textContent = w.get('why_bias', {selection: this.percent(f.selection),
      interference: this.percent(f.interference), bias: this.percent(f.selection + f.interference)});
    const mean = name => all.reduce((sum, x) => sum + x[name], 0) / all.length;
    $('eight').textContent = w.get('eight', {holds: all.filter(holds).length, n: all.length,
      estimate: this.percent(mean('estimate')), truth: this.percent(mean('truth'))});
    $('net').textContent = w.get('net', {net: this.percent(f.net)});
  },

  // The estimate with its interval; once the bet is made, the truth and the eight worlds.
  axis(f) {
    const canvas = $('axis'), ratio = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
    canvas.width = Math.round(box.width * ratio);
    canvas.height = Math.round(box.height * ratio);
    const pen = canvas.getContext('2d'), size = parseFloat(getComputedStyle(canvas).fontSize);
    pen.scale(ratio, ratio);
    pen.font = `${size}px ${getComputedStyle(canvas).fontFamily}`;
    const all = this.content.told[this.policy][this.design].map((_, k) => this.figures(k));
    const ends = all.flatMap(x => [x.low, x.high, x.truth, 0]);
    const low = Math.min(...ends) - 3, high = Math.max(...ends) + 3, left = 20, right = box.width - 20;
    const x = v => left + (right - left) * (v - low) / (high - low), foot = box.height - size - 14;
    const line = (x0, y0, x1, y1, colour, width) => {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.beginPath();
      pen.moveTo(x0, y0);
      pen.lineTo(x1, y1);
      pen.stroke();
    };
    pen.textAlign = 'center';
    pen.textBaseline = 'top';
    pen.fillStyle = '#1e1e1e';
    const step = high - low > 60 ? 20 : 10;
    for (let v = Math.ceil(low / step) * step; v <= high; v += step) {
      line(x(v), size + 6, x(v), foot, v ? '#d0d0d0' : '#1e1e1e', v ? 1 : 3);
      pen.fillText(Q.number(v, 'percent', true), x(v), foot + 8);
    }
    this.names(pen, x, f, size);
    const shown = this.bet ? all : [f], head = size + 6, gap = (foot - head - 4) / shown.length;
    shown.forEach((each, k) => {
      const y = head + gap * (k + 0.5), own = !this.bet || k === this.world, colour = own ? '#1B4F8A' : '#8a8a8a';
      line(x(each.low), y, x(each.high), y, colour, own ? 6 : 3);
      pen.fillStyle = colour;
      pen.beginPath();
      pen.arc(x(each.estimate), y, own ? 9 : 5, 0, 2 * Math.PI);
      pen.fill();
      if (this.bet) line(x(each.truth), y - gap / 2, x(each.truth), y + gap / 2, '#A63603', own ? 6 : 3);
    });
  },

  names(pen, x, f, size) {                      // above the marks: what they are
    const names = [[f.estimate, 'mark_estimate', '#1B4F8A']];
    if (this.bet) names.push([f.truth, 'mark_truth', '#A63603']);
    names.sort((a, b) => a[0] - b[0]).forEach(([value, key, colour], k) => {
      const close = names.length > 1 && Math.abs(x(f.estimate) - x(f.truth)) < 7 * size;
      pen.textAlign = close ? (k ? 'left' : 'right') : 'center';
      pen.fillStyle = colour;
      pen.fillText(Q.words.get(key), x(value) + (close ? (k ? 4 : -4) : 0), 0);
    });
  },
};
