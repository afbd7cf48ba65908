// The live page: asks for one picture at a time, draws it, asks for the next. `settings.js` holds what can be changed.
'use strict';

const $ = id => document.getElementById(id);

Q.live = {
  playing: false,
  steps: 0,                                     // single steps asked for by hand
  asked: {},                                    // changes that wait for the next request
  busy: false,
  over: false,
  map: '',                                      // of which the shapes are here
  layer: 'startups',
  areas: false,
  speed: 'normal',
  charts: ['startups', 'jobs'],
  now: null,                                    // the last picture: {header, values}
  history: [],                                  // lines of this history and of the one before: {id, first, lines}
  painted: 0,

  async start(content, table, lang) {
    this.content = content;
    Q.words.table = table;
    Q.words.lang = lang;
    this.areas = content.places.find(each => each.id === content.place).areas;
    this.canvas = new Q.Map($('map'), {box: [0, 0, 1, 1], squares: []});
    this.drawings = [new Q.Chart($('chart-0')), new Q.Chart($('chart-1'))];
    Q.settings.start(content);
    document.addEventListener('click', event => {
      const button = event.target.closest('[data-do]');
      if (button) this.act(button.dataset.do, button.dataset.value);
    });
    document.addEventListener('keydown', event => this.key(event));
    addEventListener('resize', () => this.draw());
    this.words();
    this.steps = 0;
    await this.turn({months: 0});
    document.body.dataset.ready = 'yes';
  },

  words() {
    Q.words.fill(document);
    document.title = Q.words.get('live_title');
    Q.settings.words();
    this.draw();
  },

  act(name, value) {
    const all = {
      play: () => { this.playing = !this.playing; this.state(); this.turn(); },
      step: () => { this.playing = false; this.steps += 1; this.turn(); },
      restart: () => { this.asked.restart = true; this.turn(); },
      seed: () => this.change({seed: this.now.header.choice.seed % 9999 + 1}),
      settings: () => Q.settings.toggle(),
      language: () => { Q.words.lang = Q.words.lang === 'fr' ? 'en' : 'fr'; this.words(); },
      full: () => (document.fullscreenElement ? document.exitFullscreen()
        : document.documentElement.requestFullscreen().catch(() => {})),
      usual: () => Q.settings.usual(value),
      all_usual: () => this.change({parameters: {}, switches: {}}),
      end: () => { this.playing = false; this.asked.end = true; this.turn(); },
    };
    if (all[name]) all[name]();
  },

  KEYS: {' ': 'play', ArrowRight: 'step', r: 'restart', n: 'seed', p: 'settings', l: 'language', f: 'full'},

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || /^(INPUT|SELECT)$/.test(event.target.tagName)) return;
    const name = this.KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!name) return;
    this.act(name);
    event.preventDefault();
  },

  change(what) {                                // the last of several changes to the same thing wins
    this.asked.change = {...this.asked.change, ...what};
    this.turn();
  },

  // One request after the other while it plays, or while something waits.
  async turn(first) {
    if (this.busy || this.over) return;
    this.busy = true;
    try {
      let body = first || this.next();
      while (body) {
        const began = performance.now();
        await this.ask(body);
        await new Promise(requestAnimationFrame);
        const least = 1000 / this.content.speeds[this.speed][1];
        const left = this.playing ? least - (performance.now() - began) : 0;
        if (left > 1) await new Promise(done => setTimeout(done, left));
        body = this.next();
      }
    } catch (error) {
      this.stopped();
    } finally {
      this.busy = false;
      this.state();
    }
  },

  next() {
    if (this.over) return null;
    const waits = Object.keys(this.asked).length > 0 || this.steps > 0 || this.redraw;
    if (!this.playing && !waits) return null;
    const months = this.playing ? this.content.speeds[this.speed][0] : Math.min(this.steps, 1);
    const body = {...this.asked, months: this.asked.end ? 0 : months};
    this.steps = Math.max(0, this.steps - 1);
    this.asked = {};
    this.redraw = false;
    return body;
  },

  async ask(body) {
    $('wait').hidden = !(body.change || body.restart || !this.now);
    const answer = await fetch('/picture', {method: 'POST', headers: {'X-Quartiers-Key': this.content.key},
      body: JSON.stringify({...body, layer: this.layer, areas: this.areas, map: this.map})});
    $('wait').hidden = true;
    if (answer.status === 400) {
      this.playing = false;
      $('wrong').textContent = (await answer.json()).error;
      $('wrong').hidden = false;
      return;
    }
    if (!answer.ok) throw new Error('no answer');
    $('wrong').hidden = true;
    const buffer = await answer.arrayBuffer(), size = new DataView(buffer).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
    this.take(header, new Float32Array(buffer, 4 + size));
    if (body.end) this.stopped();
  },

  take(header, values) {
    if (header.ground) {
      this.canvas = new Q.Map($('map'), header.ground);
      this.map = header.map;
    }
    if (header.ended) this.playing = false;
    this.now = {header, values};
    this.keep(header);
    Q.settings.follow(header);
    this.draw();
    this.painted += 1;
  },

  keep(header) {                                // months between two pictures lie on a straight line
    if (!this.history.length || this.history[0].id !== header.history) {
      const before = this.history.find(each => each.place === header.choice.place && each.length > 1);
      this.history = [{id: header.history, place: header.choice.place, length: 0, lines: {}}, ...(before ? [before] : [])];
    }
    const here = this.history[0], at = header.month - header.first;
    for (const [name, value] of Object.entries(header.numbers)) {
      const line = here.lines[name] = here.lines[name] || [];
      const from = line.length - 1, start = from < 0 ? value : line[from];
      for (let k = Math.max(from + 1, 0); k <= at; k++) line[k] = start + (value - start) * (k - from) / (at - from || 1);
    }
    here.length = at + 1;
  },

  draw() {
    if (!this.now) return;
    const {header, values} = this.now, w = Q.words;
    this.canvas.draw(values, header.limits, this.content.colours, {hubs: header.hubs});
    Q.legend($('legend'), header.limits, this.content.colours, header.unit, false);
    if (header.unit === 'rate') $('legend').append(w.get('per_people'));
    const months = Array.from({length: header.last - header.first + 1}, (_, k) => header.first + k);
    this.drawings.forEach((chart, c) => {
      const name = this.charts[c], unit = this.content.units[name];
      const lines = this.history.map((each, k) => ({values: each.lines[name] || [0], name: k ? w.get('before') : w.get('now'),
        look: k ? 0 : 1, whole: true})).reverse();
      const high = Math.max(...lines.flatMap(line => line.values));   // from nothing on: a rise looks as large as it is
      chart.draw(lines, months, header.month - header.first, unit, [0, high > 0 ? 1.05 * high : 1]);
      $('value-' + c).textContent = header.numbers[name] === null ? w.get('no_number') : Q.number(header.numbers[name], unit);
    });
    this.state();
  },

  state() {
    const w = Q.words;
    $('play').textContent = w.get(this.playing ? 'pause' : 'play');
    if (!this.now) return;
    const {header} = this.now;
    $('when').textContent = Q.month(header.month) + (header.ended ? w.get('ended') : '');
    $('clock').value = (header.month - header.first) / (header.last - header.first);
    $('play').disabled = header.ended || this.over;
  },

  stopped() {
    this.playing = false;
    this.over = true;
    $('wait').hidden = true;
    $('over').hidden = false;
    for (const e of document.querySelectorAll('button, select, input')) e.disabled = true;
  },
};
