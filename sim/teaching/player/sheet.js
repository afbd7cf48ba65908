// The student's sheet: up to three pictures that were kept, the bet, and lines to write on. It is only seen in print.
'use strict';

Q.sheet = {
  MOST: 3,
  kept: [],                                     // {picture, caption, number}

  keep() {                                      // a fourth picture takes the place of the first
    const w = Q.words, s = Q.state, lesson = Q.data.lesson;
    const notches = lesson.controls.map((c, k) => w.of(c.title) + w.get('colon') + w.of(c.notches[s.notches[k]]));
    const mode = lesson.amplified ? [$('badge').textContent] : [];
    this.kept = [...this.kept, {picture: this.picture(),
      caption: [$('when').textContent, $('seed').textContent, ...notches, ...mode].join(' · '),
      number: $('number').textContent + ' ' + $('number-title').textContent}].slice(-this.MOST);
    Q.changed();
  },

  picture() {                                   // both maps and the chart, side by side
    const sheet = document.createElement('canvas'), parts = ['map-a', 'map-b', 'chart'].map($);
    const height = 420, gap = 24, title = 40, foot = 48;
    const widths = parts.map(from => Math.round(from.width * height / from.height));
    sheet.width = widths.reduce((sum, width) => sum + width + gap, -gap);
    sheet.height = height + title + foot;
    const pen = sheet.getContext('2d');
    pen.fillStyle = '#ffffff';
    pen.fillRect(0, 0, sheet.width, sheet.height);
    pen.fillStyle = '#1e1e1e';
    pen.font = 'bold 26px sans-serif';
    let x = 0;
    parts.forEach((from, k) => {
      pen.drawImage(from, x, title, widths[k], height);
      const name = document.querySelector(['#title-a', '#title-b', '.side h2'][k]).textContent;
      pen.fillText(name, x, 28, widths[k]);
      x += widths[k] + gap;
    });
    Q.save.legend(pen, 4, height + title + 34, 26);
    return sheet.toDataURL('image/png');
  },

  fill() {
    const w = Q.words, s = Q.state, lesson = Q.data.lesson, chosen = lesson.options[s.vote - 1];
    $('sheet-bet').textContent = (chosen ? 'abc'[s.vote - 1] + ') ' + w.of(chosen) : w.get('no_bet'))
      + (s.sure ? ' (' + w.get('sure_' + s.sure) + ')' : '');
    const rows = Array.from({length: this.MOST}, (_, k) => this.row(this.kept[k], k + 1));
    $('sheet-stills').replaceChildren(...rows);
  },

  row(kept, k) {
    const row = document.createElement('div'), text = document.createElement('p');
    row.className = 'still';
    if (kept) {
      const image = document.createElement('img');
      image.src = kept.picture;
      image.alt = kept.caption;
      row.append(image);
    } else {
      row.append(Object.assign(document.createElement('div'), {className: 'empty'}));
    }
    text.textContent = Q.words.get('still', {k}) + (kept ? Q.words.get('colon') + kept.caption + ' – ' + kept.number : '');
    row.append(text);
    return row;
  },

  async print() {                               // pictures are drawn before the paper is
    this.fill();
    await Promise.all([...document.querySelectorAll('#sheet img')].map(image => image.decode().catch(() => {})));
    window.print();
  },
};
addEventListener('beforeprint', () => { if (Q.data.lesson) Q.sheet.fill(); });
