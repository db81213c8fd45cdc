// Adds the words of the lab to the two catalogues. Imported for that, before anything is rendered.

import en from './en.js';
import zh from './zh.js';
import enHandshake from './lab-en-handshake.js';
import enFrames from './lab-en-frames.js';
import enMessages from './lab-en-messages.js';
import enClosing from './lab-en-closing.js';
import enLab from './lab-en.js';
import zhHandshake from './lab-zh-handshake.js';
import zhFrames from './lab-zh-frames.js';
import zhMessages from './lab-zh-messages.js';
import zhClosing from './lab-zh-closing.js';
import zhLab from './lab-zh.js';

Object.assign(en, enLab, enHandshake, enFrames, enMessages, enClosing);
Object.assign(zh, zhLab, zhHandshake, zhFrames, zhMessages, zhClosing);
