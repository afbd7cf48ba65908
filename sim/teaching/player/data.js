// The runs of a lesson: packed by `sim/teaching/pack.py`, unpacked when they are first looked at.
'use strict';

Q.data = {
  lesson: null,                                 // texts, notches, breaks, what each run is called
  runs: new Map(),                              // digest -> promise of {layer: [Int16Array], numbers, hubs}

  run(notches, realistic, side, seed) {         // the run of a setting
    const name = this.lesson.runs[[notches.join('-'), realistic ? 1 : 0, side, seed].join('/')];
    if (!this.runs.has(name)) this.runs.set(name, this.unpack(name));
    return this.runs.get(name);
  },

  async unpack(name) {
    const packed = this.lesson.packed[name];
    const bytes = await Q.inflate(packed.layer);
    const pictures = this.lesson.months.length, places = bytes.length / 2 / pictures;
    const layer = [];
    for (let t = 0; t < pictures; t++) {        // differences in time, low bytes first, then high bytes
      const now = new Int16Array(places), before = layer[t - 1];
      for (let i = 0; i < places; i++) {
        const at = t * places + i;
        now[i] = (bytes[at] | bytes[pictures * places + at] << 8) + (before ? before[i] : 0);
      }
      layer.push(now);
    }
    return {layer, numbers: packed.numbers, hubs: packed.hubs};
  },
};

Q.inflate = async function (base64) {
  const bytes = Uint8Array.from(atob(base64), c => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

// The one number, by the rule of `sim/teaching/numbers.py`.
Q.numberAt = function (rule, a, b, t) {
  const [of_a, of_b] = [a.numbers[rule.of][t], b.numbers[rule.of][t]];
  if (rule.take === 'b') return of_b;
  if (rule.take === 'difference') return of_b - of_a;
  if (rule.take === 'change') return of_a ? of_b / of_a - 1 : NaN;
  const over = b.numbers[rule.over][t] - a.numbers[rule.over][t];
  return over ? (of_b - of_a) / over : NaN;
};
