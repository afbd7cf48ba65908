// What a student takes home: the picture as PNG, the two lines as CSV in the dialect of the language.
'use strict';

Q.save = {
  file(name, parts, type) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob(parts, {type}));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  },

  async csv() {                                 // French spreadsheets: semicolons, decimal commas, a mark of UTF-8
    const lesson = Q.data.lesson, s = Q.state, french = Q.words.lang === 'fr';
    const [a, b] = await Promise.all(['a', 'b'].map(side => Q.data.run(s.notches, s.realistic, side, s.seed)));
    const number = x => (french ? String(x).replace('.', ',') : String(x));
    const rows = lesson.months.map((month, t) => [
      `${Math.floor(month / 12)}-${String(month % 12 + 1).padStart(2, '0')}`,
      number(a.numbers[lesson.chart.show][t]), number(b.numbers[lesson.chart.show][t])]);
    const lines = [[Q.words.get('month'), 'A', 'B'], ...rows].map(row => row.join(french ? ';' : ','));
    this.file(`${lesson.id}.csv`, [french ? '\ufeff' : '', lines.join('\r\n') + '\r\n'], 'text/csv');
  },

  legend(pen, x, y, size) {                     // that of the page, on a picture: a map without one says nothing
    pen.font = `${size}px sans-serif`;
    const write = text => { pen.fillStyle = '#1e1e1e'; pen.fillText(text, x, y); x += pen.measureText(text).width + size / 2; };
    write($('legend-title').textContent);
    for (const item of document.querySelectorAll('#legend span')) {
      pen.fillStyle = item.firstChild.style.background;
      pen.fillRect(x, y - 0.8 * size, size, 0.9 * size);
      pen.strokeStyle = '#8a8a8a';
      pen.strokeRect(x, y - 0.8 * size, size, 0.9 * size);
      x += 1.3 * size;
      write(item.textContent);
    }
  },

  async png() {
    const lesson = Q.data.lesson, sheet = document.createElement('canvas');
    sheet.width = 1280;
    sheet.height = 720;
    const pen = sheet.getContext('2d');
    pen.fillStyle = '#ffffff';
    pen.fillRect(0, 0, 1280, 720);
    pen.fillStyle = '#1e1e1e';
    pen.font = 'bold 26px sans-serif';
    pen.fillText(Q.words.of(lesson.question), 24, 44, 1232);
    pen.font = '22px sans-serif';
    const badge = lesson.amplified ? ' · ' + $('badge').textContent : '';
    pen.fillText(`${$('when').textContent} · ${$('seed').textContent}${badge}`, 24, 82, 1232);
    for (const [id, x, width, height] of [['map-a', 24, 400, 370], ['map-b', 440, 400, 370], ['chart', 860, 400, 330]]) {
      const from = $(id), scale = Math.min(width / from.width, height / from.height);
      pen.drawImage(from, x, 140, from.width * scale, from.height * scale);
    }
    pen.fillText($('title-a').textContent, 24, 126, 400);
    pen.fillText($('title-b').textContent, 440, 126, 400);
    this.legend(pen, 24, 540, 22);
    pen.fillText($('number-title').textContent + Q.words.get('colon') + $('number').textContent, 24, 590, 1232);
    pen.fillText($('bet').textContent, 24, 626, 1232);
    pen.fillText(Q.words.get('not_a_forecast'), 24, 690, 1232);
    sheet.toBlob(blob => this.file(`${lesson.id}.png`, [blob], 'image/png'));
  },
};
