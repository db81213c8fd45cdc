// Passes each change of the chat to the views that show it.

import { hush } from './announce.js';
import { element } from '../base/dom.js';
import { t } from '../base/i18n.js';
import { Observer } from '../chat/observer.js';
import { moderation, refusal, subject } from './sentences.js';

/** Puts the focus where somebody goes on who was in a form: into the composer, or, on a touch screen, where the keyboard
    would open and cover it, onto the log. */
export function arrive() {
  const field = element('composer-text');
  if (matchMedia('(hover: hover)').matches) field.focus();
  if (document.activeElement === field) return;
  // Nobody moved the focus there with a key, so a ring around the whole log would only puzzle.
  const log = element('log-scroll');
  log.classList.add('arrived');
  log.addEventListener('blur', () => log.classList.remove('arrived'), { once: true });
  log.focus();
}

export class Updates extends Observer {
  /** `parts` are the chat and the views. */
  constructor(parts) {
    super();
    Object.assign(this, parts);
  }

  isOpen(room) { return room === this.chat.current; }

  roomOpened(room) {
    if (this.search.room !== room) this.search.close();
    this.log.open(room);
    this.composer.open(room);
    // The focus was in the join form.
    const focused = document.activeElement;
    if (!focused || focused === document.body || element('join').contains(focused)) arrive();
    this.pin.render();
    this.rest.part?.changed();
    this.renderSurroundings();
  }

  roomReset(room) {
    if (this.isOpen(room)) {
      this.log.sync();
      this.pin.render();
      this.rest.part?.changed();
      this.composer.render();
    }
    this.renderSurroundings();
  }

  /** Renders everything outside the room. */
  renderSurroundings() {
    this.status.me(this.chat.me);
    this.roomsChanged();
    this.protocolView.follow();
    this.wall.render();
  }

  entryPut(room, entry) {
    if (!this.isOpen(room)) return;
    this.log.put(entry);
    if (entry.seq === room.pin) this.pin.render();
    this.log.typing();
    this.rest.part?.firstRun.render();
  }

  entryChanged(room, entry) {
    this.search.changed(entry);
    if (!this.isOpen(room)) return;
    this.log.changed(entry);
    this.composer.entryChanged(entry);
  }

  entriesChanged(room, entries) {
    entries.forEach((entry) => this.search.changed(entry));
    if (!this.isOpen(room)) return;
    entries.forEach((entry) => { entry.stale = true; });
    this.log.steady(() => {
      this.log.sync();
      this.log.requote(entries);
    });
    entries.forEach((entry) => this.composer.entryChanged(entry));
  }

  entryRemoved(room, entry) {
    if (this.isOpen(room)) this.log.remove(entry);
  }

  givenBack(entry, why) {
    this.composer.giveBack(entry, why);
  }

  reactionsChanged(room, entry) {
    if (this.isOpen(room)) this.log.react(entry);
  }

  pinChanged(room) {
    if (this.isOpen(room)) this.pin.render();
  }

  olderLoaded(room, entries) {
    if (this.isOpen(room)) this.log.prepend(entries);
  }

  historyFilled(room) {
    if (!this.isOpen(room)) return;
    this.log.flush();
    this.log.refresh();
    this.rest.part?.firstRun.render();
  }

  typingChanged(room) {
    if (this.isOpen(room)) this.log.typing();
  }

  peopleChanged(room) {
    if (!this.isOpen(room)) return;
    this.rest.part?.changed();
    this.composer.render();
  }

  roomsChanged() {
    this.rooms.render();
    this.status.title(this.chat);
    this.rest.part?.render();
  }

  stateChanged(room) {
    if (this.isOpen(room)) {
      this.rest.part?.changed();
      this.composer.render();
    }
    this.roomsChanged();
  }

  lessonEnded(room) {
    if (!this.isOpen(room)) return;
    hush();
    this.search.close();
    this.composer.cancel();
    // What was said of that lesson is over, and nothing of it is new.
    this.log.toEnd();
    this.status.end('', 'lesson');
  }

  deskChanged(name) {
    this.rest.part?.desk.changed(name);
  }

  requestRefused({ why, again }) {
    this.composer.allowResend();
    this.status.toast(refusal(why), again && { words: t('again'), act: again }, { about: 'refused' });
  }

  moderationDone(room, what) {
    const act = this.undo(what, room);
    const { action, target } = what;
    const label = act && t('undo.' + action, { target: target ? target.name : t('class.asker') });
    const about = subject(Object.assign({ room: room.name }, what));
    this.status.toast(moderation('done.', what, this.chat.me), act && { words: t('undo'), act, label }, { about });
  }

  moderated(message) {
    // What we did ourselves is said when it is done.
    if (!message.by || message.by.id !== this.chat.me.id) this.status.end(subject(message));
  }

  /** The action that undoes what a moderator just did, or null. */
  undo({ action, target, state, hand, room: where }, room) {
    const { chat } = this;
    if (action === 'close_door') return () => chat.classRules.moveDoor(true);
    if (action === 'open_door') return () => chat.classRules.moveDoor(false);
    if (action === 'ban') return () => chat.moderation.moderate('unban', { user: target.id });
    if (action === 'mute' && hand) return () => chat.moderation.moderate('unmute', { room: where, hand });
    if (action === 'mute') return () => chat.moderation.moderate('unmute', { user: target.id });
    if (action === 'kick') return () => chat.moderation.moderate('unkick', { user: target.id });
    if (action === 'lock' && state.locked) return () => chat.moderation.moderate('lock', { room: room.name, on: false });
    if (action === 'slow' && state.slow) return () => chat.moderation.moderate('slow', { room: room.name, seconds: 0 });
    if (action === 'approve' && state.approve) return () => chat.moderation.moderate('approve', { room: room.name, on: false });
    return null;
  }
}
