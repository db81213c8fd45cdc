// What is pasted or dropped into the composer. Invisible characters of office programs are dropped, program code gets
// its fences, a text that is far too long is cut off, and pictures and files are explained.

import { cleanText } from '../base/clean.js';
import { element } from '../base/dom.js';
import { t } from '../base/i18n.js';
import { breaksLines } from './enter.js';
import { fencesOpen, looksLikeCode } from '../chat/paste.js';
import { replaceRange } from './insert.js';

// Replacing more lines than this takes long, so that only the fences are put in.
const FEW_LINES = 40;
// What the fences take.
const FENCES = 10;

/** The first `most` characters of a text, without looking at the rest. */
function cut(text, most) {
  // A character has at most two units.
  const units = text.slice(0, most * 2);
  const all = [...units];
  return all.length > most ? all.slice(0, most).join('') : units;
}

const hasFiles = ({ types }) => Array.from(types || []).includes('Files');

export class Paste {
  /** `most()`: the most characters that a message may have. */
  constructor({ area, most }) {
    Object.assign(this, { area, most, ours: false, after: null });
    this.note = element('composer-paste');
    area.addEventListener('paste', (event) => this.pasted(event));
    // Before the composer looks at the text.
    area.parentNode.addEventListener('input', (event) => this.changed(event), true);
    // A file that is dropped beside the field would replace the page.
    document.addEventListener('dragover', (event) => { if (hasFiles(event.dataTransfer)) event.preventDefault(); });
    document.addEventListener('drop', (event) => this.dropped(event));
  }

  say(words) {
    this.note.textContent = words;
    this.note.hidden = !words;
  }

  /** Anything longer than a message may be is cut off, however it came into the field. */
  changed({ target }) {
    if (target !== this.area) return;
    if (!this.ours) this.say('');
    if (this.after) {
      // The browser has pasted. It has to be done with that before the next step.
      const { after } = this;
      this.after = null;
      setTimeout(after);
    }
    const { value } = this.area;
    // A little more than fits is for its writer to shorten.
    if (value.length <= this.most() * 2) return;
    this.area.value = cut(value, this.most());
    this.tooLong(value.length);
  }

  tooLong(n) {
    this.say(t('text.paste.long', { n, most: this.most() }));
  }

  dropped(event) {
    const data = event.dataTransfer;
    if (!hasFiles(data)) return;
    event.preventDefault();
    this.refuse(data);
  }

  refuse(data) {
    const pictures = Array.from(data.items || []).some(({ type }) => type.startsWith('image/'));
    this.say(t(pictures ? 'text.paste.picture' : 'text.paste.file'));
  }

  pasted(event) {
    const data = event.clipboardData;
    const given = data ? data.getData('text/plain') : '';
    // Office programs offer a picture of the text beside the text.
    if (!given) {
      if (data && hasFiles(data)) {
        event.preventDefault();
        this.refuse(data);
      }
      return;
    }
    const clean = cleanText(cut(given, this.most() + 1));
    const { value, selectionStart, selectionEnd } = this.area;
    const code = looksLikeCode(clean) && !fencesOpen(value.slice(0, selectionStart));
    const fits = cut(clean, this.most() - (code ? FENCES : 0));
    const lines = fits.split('\n').length;
    const after = (fenced) => {
      if (code && !fenced) this.fence(selectionStart, fits);
      if (given.length > this.most() && fits.length < given.length) this.tooLong(given.length);
      // On a touch screen there is no Ctrl+Z.
      else if (code) this.say(t(lines > FEW_LINES || breaksLines() ? 'text.paste.program' : 'text.paste.code'));
    };
    // The browser itself pastes fastest, and knows best how to take it back.
    if (fits === given.replace(/\r\n/g, '\n')) {
      this.after = code ? () => after(false) : null;
      return;
    }
    event.preventDefault();
    // So many lines come in as one step, which nothing takes back.
    const whole = code && lines > FEW_LINES;
    this.change(selectionStart, selectionEnd, whole ? this.fenced(selectionStart, selectionEnd, fits).join('') : fits);
    after(whole);
  }

  change(start, end, text) {
    this.ours = true;
    replaceRange(this.area, start, end, text);
    this.ours = false;
  }

  /** Code in place of what stands between `start` and `end`: the fence before it, the code, and the fence after it. */
  fenced(start, end, code) {
    const { value } = this.area;
    const before = start > 0 && value[start - 1] !== '\n' ? '\n' : '';
    const after = end < value.length && value[end] !== '\n' ? '\n' : '';
    return [`${before}\`\`\`\n`, code, `${code.endsWith('\n') ? '' : '\n'}\`\`\`${after}`];
  }

  /** Puts fences around code that has just come in. They are a step of their own: Ctrl+Z takes only them back. */
  fence(start, code) {
    const end = start + code.length;
    const [first, , last] = this.fenced(start, end, code);
    if (code.split('\n').length <= FEW_LINES) this.change(start, end, first + code + last);
    else {
      this.change(end, end, last);
      this.change(start, start, first);
      const caret = end + first.length + last.length;
      this.area.setSelectionRange(caret, caret);
    }
  }
}
