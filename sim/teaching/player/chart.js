// Two lines up to the clock, named at their ends; no legend.
'use strict';

Q.LINES = [{colour: '#5a5a5a', dash: [10, 7]}, {colour: '#1B4F8A', dash: []}];

Q.Chart = class {
  constructor(canvas) { this.canvas = canvas; }

  // lines: [{values, name, look, whole}]; months: absolute; t: the picture shown, to which lines go that are not
  // `whole`; unit: of the values.
  draw(lines, months, t, unit, range) {
    const ratio = window.devicePixelRatio || 1, rect = this.canvas.getBoundingClientRect();
    const width = Math.max(1, rect.width), height = Math.max(1, rect.height);
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const pen = this.canvas.getContext('2d');
    pen.scale(ratio, ratio);
    const size = parseFloat(getComputedStyle(this.canvas).fontSize);
    pen.font = `${size}px ${getComputedStyle(this.canvas).fontFamily}`;
    const [low, high] = range || Q.range(lines.flatMap(line => Array.from(line.values)));
    const ticks = Q.ticks(low, high, (height - 2.2 * size) / (1.6 * size)), labels = ticks.map(v => Q.number(v, unit));
    const left = Math.max(...labels.map(text => pen.measureText(text).width)) + 10;
    pen.font = `bold ${pen.font}`;
    const right = width - Math.max(...lines.map(line => pen.measureText(line.name).width)) - 14;
    pen.font = pen.font.replace('bold ', '');
    const bottom = height - size - 12, top = size * 0.7;
    const x = k => left + (right - left) * k / Math.max(months.length - 1, 1);
    const y = v => bottom - (bottom - top) * (v - low) / (high - low || 1);
    this.axes(pen, {x, y, left, right, bottom, size, ticks, labels, months});
    this.lines(pen, lines, t, {x, y, size, bottom});
  }

  axes(pen, {x, y, left, right, bottom, size, ticks, labels, months}) {
    pen.lineWidth = 1;
    pen.textBaseline = 'middle';
    ticks.forEach((value, k) => {
      pen.strokeStyle = '#d0d0d0';
      pen.beginPath();
      pen.moveTo(left, y(value));
      pen.lineTo(right, y(value));
      pen.stroke();
      pen.fillStyle = '#1e1e1e';
      pen.textAlign = 'right';
      pen.fillText(labels[k], left - 6, y(value));
    });
    pen.textBaseline = 'top';
    for (const k of right - left > 5.5 * size ? [0, months.length - 1] : [0]) {
      pen.textAlign = k ? 'right' : 'left';
      pen.fillText(String(Math.floor((months[k] + 1) / 12)), x(k), bottom + 8);
    }
  }

  lines(pen, lines, t, {x, y, size, bottom}) {
    const last = lines.map(line => (line.whole ? line.values.length - 1 : Math.min(t, line.values.length - 1)));
    const ends = lines.map((line, k) => y(line.values[last[k]]));
    const meet = lines.length > 1 && Math.abs(x(last[0]) - x(last[1])) < 3 * size;
    if (meet && Math.abs(ends[0] - ends[1]) < size * 1.1) {                // names apart where lines meet
      const middle = (ends[0] + ends[1]) / 2, up = ends[0] <= ends[1] ? 0 : 1;
      ends[up] = middle - size * 0.55;
      ends[1 - up] = middle + size * 0.55;
      const below = Math.max(...ends) - (bottom - size * 0.4);             // and above the years
      if (below > 0) ends.forEach((at, k) => { ends[k] = at - below; });
    }
    lines.forEach((line, k) => {
      pen.strokeStyle = pen.fillStyle = Q.LINES[line.look].colour;
      pen.lineWidth = Math.max(4, size / 6);
      pen.setLineDash(Q.LINES[line.look].dash);
      pen.beginPath();
      for (let i = 0; i <= last[k]; i++) pen[i ? 'lineTo' : 'moveTo'](x(i), y(line.values[i]));
      pen.stroke();
      pen.setLineDash([]);
      pen.beginPath();
      pen.arc(x(last[k]), y(line.values[last[k]]), 6, 0, 2 * Math.PI);
      pen.fill();
      pen.textAlign = 'left';
      pen.textBaseline = 'middle';
      pen.font = `bold ${size}px ${getComputedStyle(this.canvas).fontFamily}`;
      pen.fillText(line.name, x(last[k]) + 10, ends[k]);
    });
  }
};

Q.range = function (values) {
  const finite = values.filter(Number.isFinite);
  let low = Math.min(...finite), high = Math.max(...finite);
  if (low > 0 && low < 0.6 * high) low = 0;
  if (low < 0 && high < 0) high = 0;
  if (low === high) high = low + 1;
  return [low, high + 0.05 * (high - low)];
};

// Some round values between two bounds, with as many steps as there is room for.
Q.ticks = function (low, high, room) {
  const rough = 0.85 * (high - low) / Math.min(4, Math.max(2, Math.floor(room))), power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find(m => m * power >= rough * 0.99);
  const out = [];
  for (let v = Math.ceil(low / step) * step; v <= high + 1e-9 * step; v += step) out.push(v);
  return out;
};
