// What was recorded, as a file: the events as JSON lines, or a capture for Wireshark.

import { capture } from './capture.js';
import { button, save } from '../base/dom.js';
import { t } from '../base/i18n.js';
import { serverNow } from '../base/time.js';

/** The two buttons. */
export function savers(glass) {
  const download = (form, content, type) => {
    const file = `glassroom-${new Date(serverNow()).toISOString().slice(0, 19).replace(/[T:]/g, '-')}.${form}`;
    save(file, new Blob([content], { type }));
    glass.toast(t('save.done', { file }));
  };
  const lines = button('quiet', t('glass.save'), () => download('jsonl', glass.recording.lines(), 'application/x-ndjson'));
  lines.id = 'glass-save';
  const packets = button('quiet', t('glass.pcapng.save'), () => download('pcapng', capture(glass.recording.events), 'application/octet-stream'));
  Object.assign(packets, { id: 'glass-save-pcapng', title: t('glass.pcapng.why') });
  return [lines, packets];
}
