// Adds the words of the lab to the catalogues. Pages import it before anything is rendered.

import { addWords } from '../../base/i18n.js';
import enHandshake from './en-handshake.js';
import enFrames from './en-frames.js';
import enMessages from './en-messages.js';
import enClosing from './en-closing.js';
import enRulings from './en-rulings.js';
import enMeet from './en-meet.js';
import enLab from './en.js';
import zhHandshake from './zh-handshake.js';
import zhFrames from './zh-frames.js';
import zhMessages from './zh-messages.js';
import zhClosing from './zh-closing.js';
import zhRulings from './zh-rulings.js';
import zhMeet from './zh-meet.js';
import zhLab from './zh.js';

addWords({
  en: Object.assign({}, enLab, enHandshake, enFrames, enMessages, enClosing, enRulings, enMeet),
  zh: Object.assign({}, zhLab, zhHandshake, zhFrames, zhMessages, zhClosing, zhRulings, zhMeet),
});
