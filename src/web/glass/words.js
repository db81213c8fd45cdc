// The words of the protocol view, in both languages.

import en from './en.js';
import enBits from './en-bits.js';
import enCapture from './en-capture.js';
import zh from './zh.js';
import zhBits from './zh-bits.js';
import zhCapture from './zh-capture.js';
import { addWords } from '../base/i18n.js';

addWords({ en, zh });
addWords({ en: enBits, zh: zhBits });
addWords({ en: enCapture, zh: zhCapture });
