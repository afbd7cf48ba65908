// Maps on a canvas: squares or areas filled by classes, hubs as rings, the class's own place outlined.
'use strict';

Q.INSET = 0.27;                                 // side of the closer view, of the shorter side of the canvas
Q.WEST = 0.13;                                  // room left for it, of the width of the ground
Q.LEAST = 3;                                    // pixels of a square that has something: smaller ones cannot be seen

Q.Map = class {
  constructor(canvas, ground) {
    this.canvas = canvas;
    this.ground = ground;                       // {box, squares: [x, y, size]... or areas: [[ring]...], inset}
    this.shapes = null;
  }

  // Fit the drawing to the element, in device pixels.
  fit() {
    const ratio = window.devicePixelRatio || 1, rect = this.canvas.getBoundingClientRect();
    const width = Math.max(1, Math.round(rect.width * ratio)), height = Math.max(1, Math.round(rect.height * ratio));
    if (this.canvas.width !== width || this.canvas.height !== height || !this.shapes) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.views = [this.view(this.room(), [0, 0, width, height])];
      if (this.ground.inset) {
        const side = Q.INSET * Math.min(width, height);
        this.views.push(this.view(this.ground.inset, [2, height - side - 2, side, side]));
      }
      this.shapes = this.views.map(view => this.outline(view));
    }
  }

  // The ground, with room for the closer view in the corner to the south-west: it must hide no place.
  room() {
    const [west, south, east, north] = this.ground.box;
    return this.ground.inset ? [west - Q.WEST * (east - west), south, east, north] : this.ground.box;
  }

  // A box of the ground [west, south, east, north] put into a frame of the canvas [x, y, width, height].
  view(box, frame) {
    const scale = Math.min(frame[2] / (box[2] - box[0]), frame[3] / (box[3] - box[1]));
    const x0 = frame[0] + (frame[2] - scale * (box[2] - box[0])) / 2;
    const y0 = frame[1] + (frame[3] + scale * (box[3] - box[1])) / 2;
    return {frame, scale, x: x => x0 + scale * (x - box[0]), y: y => y0 - scale * (y - box[1])};
  }

  outline(view) {
    if (this.ground.squares) {
      const s = this.ground.squares, out = new Int32Array(s.length / 3 * 4);
      for (let i = 0, k = 0; i < s.length; i += 3, k += 4) {
        const half = s[i + 2] / 2;
        const left = Math.round(view.x(s[i] - half)), top = Math.round(view.y(s[i + 1] + half));
        out[k] = left;
        out[k + 1] = top;
        out[k + 2] = Math.max(1, Math.round(view.x(s[i] + half)) - left);
        out[k + 3] = Math.max(1, Math.round(view.y(s[i + 1] - half)) - top);
      }
      return out;
    }
    return this.ground.areas.map(rings => {
      const path = new Path2D();
      for (const ring of rings) {
        for (let i = 0; i < ring.length; i += 2) {
          path[i ? 'lineTo' : 'moveTo'](view.x(ring[i]), view.y(ring[i + 1]));
        }
        path.closePath();
      }
      return path;
    });
  }

  // values: one for each place; limits: of the classes, ascending; colours: one more than limits.
  draw(values, limits, colours, marks = {}) {
    this.fit();
    const pen = this.canvas.getContext('2d');
    pen.fillStyle = '#ffffff';
    pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.views.forEach((view, k) => {
      pen.save();
      pen.beginPath();
      pen.rect(...view.frame);
      pen.clip();
      if (k) {
        pen.fillStyle = '#ffffff';
        pen.fillRect(...view.frame);
      }
      this.paint(pen, this.shapes[k], values, limits, colours);
      this.mark(pen, view, this.shapes[k], marks);
      if (k) {
        pen.strokeStyle = '#1e1e1e';
        pen.lineWidth = 2;
        pen.strokeRect(view.frame[0] + 1, view.frame[1] + 1, view.frame[2] - 2, view.frame[3] - 2);
      }
      pen.restore();
    });
  }

  paint(pen, shapes, values, limits, colours) {
    const classes = Q.classes(values, limits), nothing = Q.classes([0], limits)[0];
    if (this.ground.squares) {
      for (let c = 0; c < colours.length; c++) {   // colour by colour: setting one costs more than a square
        pen.fillStyle = colours[c];
        const least = c === nothing ? 1 : Math.round(Q.LEAST * (window.devicePixelRatio || 1));
        for (let i = 0, k = 0; i < classes.length; i++, k += 4) {
          if (classes[i] !== c) continue;
          const more = Math.max(0, least - shapes[k + 2]);
          pen.fillRect(shapes[k] - (more >> 1), shapes[k + 1] - (more >> 1), shapes[k + 2] + more, shapes[k + 3] + more);
        }
      }
      return;
    }
    pen.strokeStyle = '#8a8a8a';
    pen.lineWidth = 1;
    shapes.forEach((path, i) => {
      pen.fillStyle = colours[classes[i]];
      pen.fill(path, 'evenodd');
      pen.stroke(path);
    });
  }

  mark(pen, view, shapes, marks) {
    pen.strokeStyle = '#1e1e1e';
    for (const [west, south, east, north] of marks.boxes || []) {
      pen.lineWidth = 3;
      pen.setLineDash([8, 5]);
      pen.strokeRect(view.x(west), view.y(north), view.scale * (east - west), view.scale * (north - south));
      pen.setLineDash([]);
    }
    if (marks.own >= 0 && this.ground.areas) {
      pen.lineWidth = 4;
      pen.stroke(shapes[marks.own]);
    }
    const hubs = marks.hubs || [], many = hubs.length > 20;
    const radius = Math.max(many ? 2.5 : 5, this.canvas.width / (many ? 110 : 45));
    for (const [x, y] of hubs) {                // rings: a white line under a red one stands out on any colour
      for (const [colour, width] of [['#ffffff', 6], ['#C1121F', 3]]) {
        pen.strokeStyle = colour;
        pen.lineWidth = width * (many ? Math.min(0.5, radius / 8) : 1);
        pen.beginPath();
        pen.arc(view.x(x), view.y(y), radius, 0, 2 * Math.PI);
        pen.stroke();
      }
    }
  }
};

Q.classes = function (values, limits) {
  const out = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    let c = 0;
    while (c < limits.length && values[i] >= limits[c]) c++;
    out[i] = c;
  }
  return out;
};

// A legend of classes as small boxes; `limits` as for `draw`. Whole numbers are written in the boxes' own words
// (0, 1, 2–3), all other limits between the boxes that they part.
Q.legend = function (element, limits, colours, unit, signed) {
  const named = unit === 'count' && (signed || limits[limits.length - 1] <= Q.NAMED);
  element.classList.toggle('parted', !named);
  element.replaceChildren(...colours.map((colour, c) => {
    const item = document.createElement('span'), box = document.createElement('i');
    box.style.background = colour;
    item.append(box, named ? Q.classText(limits[c - 1], limits[c], unit, signed)
      : c < limits.length ? Q.limitText(limits[c], unit, signed) : '');
    return item;
  }));
};
Q.NAMED = 64;                                   // larger whole numbers take too much room two by two

Q.limitText = (value, unit, signed) => Q.number(value, unit === 'percent' ? 'plain' : unit, signed);

// What a class of whole numbers holds, from `low` on and below `high`.
Q.classText = function (low, high, unit, signed) {
  const shown = x => Q.limitText(x, unit, signed), least = Math.ceil(low), most = Math.ceil(high) - 1;
  if (signed && low < 0 && high > 0) return '0';
  if (low === undefined) return signed ? '≤ ' + shown(most) : most === 0 ? '0' : '< ' + shown(high);
  if (high === undefined) return signed ? '≥ ' + shown(least) : shown(least) + ' +';
  if (least === most) return shown(least);
  if (!signed) return shown(least) + '–' + shown(most);
  const [near, far] = low > 0 ? [least, most] : [most, least];
  return Q.words.get('from_to', {near: shown(near), far: shown(far)});
};
