// What the live page can change: world, policy, money, seed, every parameter and switch.
'use strict';

Q.settings = {
  start(content) {
    this.content = content;
    this.group = 'core';
    const change = (id, what) => $(id).addEventListener('change', () => { what($(id).value); $(id).blur(); });
    change('place', value => {
      Q.live.areas = content.places.find(each => each.id === value).areas;
      Q.live.change({place: value, policy: content.none, money: null});
    });
    change('policy', value => Q.live.change({policy: value, money: null}));
    change('money', value => this.money(value));
    change('seed', value => Number.isInteger(Number(value)) && Number(value) >= 1
      && Q.live.change({seed: Math.min(Number(value), Number($('seed').max))}));
    change('layer', value => this.look({layer: value}));
    change('ground', value => this.look({areas: value === 'areas'}));
    change('speed', value => { Q.live.speed = value; });
    for (const c of [0, 1]) change('shown-' + c, value => { Q.live.charts[c] = value; Q.live.draw(); });
    change('group', value => { this.group = value; $('search').value = ''; this.list(); });
    $('search').addEventListener('input', () => this.list());
    $('list').addEventListener('input', event => this.said(event.target));
    $('list').addEventListener('change', event => this.changed(event.target));
  },

  look(what) {                                  // another map of the same month
    Object.assign(Q.live, what);
    Q.live.redraw = true;
    Q.live.turn();
  },

  money(value) {
    const amount = Math.min(Number(value), Number($('money').max));
    if (value !== '' && amount >= 0) Q.live.change({money: amount});
  },

  // Words of lists that the page's own language changes.
  words() {
    const w = Q.words, fill = (id, rows) => {
      const chosen = $(id).value;
      $(id).replaceChildren(...rows.map(([value, text]) => new Option(text, value)));
      if (rows.some(([value]) => value === chosen)) $(id).value = chosen;
    };
    fill('place', this.content.places.map(each => [each.id, w.get('place_' + each.id)]));
    const place = this.place();
    fill('policy', [[this.content.none, w.get('no_policy')], ...place.policies.map(p => [p.id, w.of(p.title)])]);
    fill('group', [['core', w.get('core')], ['changed', w.get('changed')], ...this.content.groups.map(g => [g, g])]);
    $('group').value = this.group;
    $('search').placeholder = w.get('search_here');
    this.list();
    if (Q.live.now) this.follow(Q.live.now.header, true);
  },

  place() {
    const id = Q.live.now ? Q.live.now.header.choice.place : this.content.place;
    return this.content.places.find(each => each.id === id);
  },

  follow(header, words) {                       // the page shows what the world runs with
    const choice = header.choice, moved = this.known && this.known.place !== choice.place;
    const others = !this.known || JSON.stringify([this.known.parameters, this.known.switches])
      !== JSON.stringify([choice.parameters, choice.switches]);
    this.known = choice;
    if (moved && !words) return this.words();
    $('place').value = choice.place;
    $('policy').value = choice.policy;
    $('money').disabled = choice.policy === this.content.none;
    if (document.activeElement !== $('seed')) $('seed').value = choice.seed;
    if (document.activeElement !== $('money')) {
      $('money').value = choice.policy === this.content.none ? '' : Math.round(100 * header.budget) / 100;
    }
    $('ground').hidden = !this.place().areas;
    $('ground').value = Q.live.areas ? 'areas' : 'quartiers';
    if (others) this.list();
  },

  toggle() {
    $('drawer').hidden = !$('drawer').hidden;
    document.querySelector('main').classList.toggle('open', !$('drawer').hidden);
    document.querySelector('[data-do=settings]').setAttribute('aria-pressed', !$('drawer').hidden);
    Q.live.draw();
  },

  list() {
    const search = $('search').value.trim().toLowerCase(), known = this.known || {parameters: {}, switches: {}};
    const english = Q.words.lang === 'en';
    const wanted = ([name, ...more]) => {
      if (search) return name.includes(search) || (english && more[more.length - 1].toLowerCase().includes(search));
      if (this.group === 'core') return this.content.core.includes(name);
      if (this.group === 'changed') return name in known.parameters || name in known.switches;
      return name.split('.')[0] === this.group;
    };
    $('list').replaceChildren(
      ...this.content.parameters.filter(wanted).map(each => this.slider(each, known.parameters[each[0]])),
      ...this.content.switches.filter(wanted).map(each => this.choice(each, known.switches[each[0]])));
    $('nothing').hidden = $('list').children.length > 0;
  },

  row(name, meaning, control, changed) {
    const row = document.createElement('div'), label = document.createElement('label'), code = document.createElement('code');
    row.className = 'setting' + (changed ? ' changed' : '');
    row.dataset.name = name;
    code.textContent = name;
    label.append(this.meaning(name, meaning), code);
    label.htmlFor = control.id = 'set-' + name;
    row.append(label, control);
    return row;
  },

  // Names are those of the files; what they mean is said in French for the essential ones, in English for all.
  meaning(name, meaning) {
    const text = document.createElement('span'), key = 'core_' + name.replace('.', '_');
    if (key in Q.words.table[Q.words.lang]) text.textContent = Q.words.get(key) + ' ';
    else if (Q.words.lang === 'en') text.textContent = meaning + ' ';
    return text;
  },

  slider([name, usual, unit, low, high, meaning], set) {
    const input = document.createElement('input'), out = document.createElement('output');
    const back = document.createElement('button');
    const value = set === undefined ? usual : set;
    const wide = low > 0 && high / low > 30;    // small and large values matter alike: notches by factors
    Object.assign(input, {type: 'range', min: wide ? Math.log(low) : low, max: wide ? Math.log(high) : high, step: 'any'});
    input.value = wide ? Math.log(value) : value;
    Object.assign(input.dataset, {name, wide: wide ? 1 : '', usual, unit});
    out.textContent = this.text(value, unit);
    Object.assign(back, {type: 'button', textContent: '↺', title: Q.words.get('usual')});
    back.setAttribute('aria-label', Q.words.get('usual'));
    Object.assign(back.dataset, {do: 'usual', value: name});
    back.disabled = set === undefined;
    const row = this.row(name, meaning, input, set !== undefined);
    row.append(out, back);
    return row;
  },

  choice([name, usual, choices, meaning], set) {
    const select = document.createElement('select');
    select.replaceChildren(...choices.map(each => new Option(each, each)));
    select.value = set === undefined ? usual : set;
    Object.assign(select.dataset, {name, usual});
    return this.row(name, meaning, select, set !== undefined);
  },

  text(value, unit) {
    const digits = new Intl.NumberFormat(Q.words.lang === 'fr' ? 'fr-FR' : 'en-GB', {maximumSignificantDigits: 3}).format(value);
    const words = unit.replace(/[A-Za-z]+\d?/g, name => Q.words.table[Q.words.lang]['unit_' + name] || name);
    return digits + (unit === '1' ? '' : '\u00a0' + words.replace(/^1\//, '/\u2060'));
  },

  read(input) {                                 // three digits are as fine as a hand can be
    const value = input.dataset.wide ? Math.exp(Number(input.value)) : Number(input.value);
    const [, , , low, high] = this.content.parameters.find(each => each[0] === input.dataset.name);
    return Math.min(high, Math.max(low, Number(value.toPrecision(3))));
  },

  said(input) {
    if (input.type === 'range') input.parentElement.querySelector('output').textContent =
      this.text(this.read(input), input.dataset.unit);
  },

  changed(input) {
    const name = input.dataset.name, asked = Q.live.asked.change || {};
    if (input.type === 'range') {
      Q.live.change({parameters: {...this.known.parameters, ...asked.parameters, [name]: this.read(input)}});
    } else {
      const switches = {...this.known.switches, ...asked.switches, [name]: input.value};
      if (input.value === input.dataset.usual) delete switches[name];
      Q.live.change({switches});
    }
  },

  usual(name) {
    const parameters = {...this.known.parameters};
    delete parameters[name];
    Q.live.change({parameters});
  },
};
