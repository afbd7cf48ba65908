// What lies over the maps: the question and the vote, ten seeds, what is supposed, the keys.
'use strict';

Q.panels = {
  now: null,

  open(name) {
    if (name === null || name === undefined) return;
    Q.state.playing = false;
    this.now = name;
    for (const panel of document.querySelectorAll('.panel')) panel.hidden = panel.id !== name;
    this.veil(true);
    if (name === 'seeds') this.seeds();
    if (name === 'ask') this.voted();
    const first = document.querySelector('#' + name + ' button, #' + name + ' [tabindex]');
    if (first) first.focus({preventScroll: true});         // a long panel opens at its top
  },

  close() {
    this.now = null;
    this.veil(false);
    for (const panel of document.querySelectorAll('.panel')) panel.hidden = true;
    if (document.activeElement) document.activeElement.blur();
  },

  veil(over) {                                  // what lies under it cannot be reached, with the keyboard either
    document.getElementById('veil').hidden = !over;
    for (const part of document.querySelectorAll('body > header, body > main, body > footer')) part.inert = over;
  },

  voted() {                                     // show what is chosen; Play opens with a choice
    const s = Q.state;
    for (const button of document.querySelectorAll('#ask [data-do=vote], #ask [data-do=sure]')) {
      const chosen = Number(button.dataset.value) === (button.dataset.do === 'vote' ? s.vote : s.sure);
      button.setAttribute('aria-pressed', chosen);
    }
    document.querySelector('#ask [data-do=begin]').disabled = !Q.bet();
    Q.page.vote();
  },

  async seeds() {                               // ten small maps, as the map on the right, with the number under each
    const lesson = Q.data.lesson, box = document.getElementById('ten');
    const last = lesson.months.length - 1, s = Q.state;
    const cards = [];
    for (let seed = 1; seed <= lesson.seeds; seed++) {
      const card = document.createElement('button'), canvas = document.createElement('canvas');
      card.type = 'button';
      card.dataset.do = 'pick';
      card.dataset.value = seed;
      card.setAttribute('aria-pressed', seed === s.seed);
      const text = document.createElement('span');
      card.append(canvas, text);
      cards.push([card, canvas, text, seed]);
    }
    box.replaceChildren(...cards.map(([card]) => card));
    for (const [, canvas, text, seed] of cards) {
      const [a, b] = await Promise.all(['a', 'b'].map(side => Q.data.run(s.notches, s.realistic, side, seed)));
      Q.page.right(new Q.Map(canvas, Q.data.ground()), a, b, last, {});
      text.textContent = Q.words.get('seed', {seed}) + Q.words.get('colon')
        + Q.page.shown(Q.numberAt(lesson.number, a, b, last));
    }
  },
};
