// What wants attention, where it cannot be overlooked: a row for calls for help, a dot on the icon of the tab,
// and, for those who switch it on, a short sound.

import { HOSTS } from '../chat/private.js';
import { button, element, make, reconcile } from '../base/dom.js';
import { number, phrase, t } from '../base/i18n.js';
import { recall, remember } from '../base/session.js';

const ICON = '/assets/base/favicon.svg';
const ICON_WITH_A_DOT = '/assets/base/favicon-dot.svg';
// Several things in quick succession make one sound.
const SOUND_PAUSE_MS = 3000;
const SOUND_S = 0.25;
const VOLUME = 0.15;

/** Two short notes. Browsers let a page make sounds after somebody has touched it. */
function play() {
  const Context = window.AudioContext || window.webkitAudioContext;
  if (!Context) return;
  const context = new Context();
  const volume = context.createGain();
  volume.connect(context.destination);
  volume.gain.setValueAtTime(VOLUME, context.currentTime);
  volume.gain.linearRampToValueAtTime(0, context.currentTime + SOUND_S);
  const note = context.createOscillator();
  note.connect(volume);
  note.frequency.setValueAtTime(660, context.currentTime);
  note.frequency.setValueAtTime(880, context.currentTime + SOUND_S / 2);
  note.onended = () => context.close();
  note.start();
  note.stop(context.currentTime + SOUND_S);
}

export class AttentionView {
  /** `whisper(person)` opens a conversation; `sound()` makes the sound. */
  constructor({ chat, whisper, sound = play }) {
    Object.assign(this, { chat, whisper, sound, model: chat.attention, sounded: -Infinity });
    this.on = recall('sound') === 'on';
    element('sound').addEventListener('click', () => {
      this.on = !this.on;
      remember('sound', this.on ? 'on' : null);
      this.render();
      // One hears what it will be like, and the browser learns that a person wants it.
      if (this.on) this.sound();
    });
    this.model.came = () => this.came();
    const { came } = chat.private;
    chat.private.came = (thread) => {
      came(thread);
      this.model.whispered(thread);
    };
  }

  came() {
    if (!this.on || performance.now() - this.sounded < SOUND_PAUSE_MS) return;
    this.sounded = performance.now();
    this.sound();
  }

  render() {
    element('sound').textContent = t(this.on ? 'sound.on' : 'sound.off');
    element('sound').setAttribute('aria-pressed', String(this.on));
    element('icon').href = this.chat.me && this.model.count ? ICON_WITH_A_DOT : ICON;
    const calls = this.chat.me ? this.model.calls : [];
    // One stands at the foot of the desk, one above the log where the desk is a drawer.
    document.querySelectorAll('.calls').forEach((row) => {
      row.hidden = !calls.length;
      reconcile(row, calls.length ? this.row(calls) : []);
    });
  }

  row([first, ...others]) {
    const words = make('span');
    const { who } = first;
    words.append(phrase(others.length ? 'calls.several' : 'calls.one', { name: who.name, n: number(others.length) }));
    const open = button('', undefined, () => {
      const { threads } = this.chat.private;
      const next = threads.get(who.id);
      if (next && who.id !== HOSTS) this.whisper(next.who);
    });
    open.append(words);
    return [open];
  }
}
