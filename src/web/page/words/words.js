// The words of the features for running a class, a pair of files for each.

import enApprovals from './en-approvals.js';
import enAttention from './en-attention.js';
import enClass from './en-class.js';
import enDesk from './en-desk.js';
import enHands from './en-hands.js';
import enPolls from './en-polls.js';
import enPrivate from './en-private.js';
import enWall from './en-wall.js';
import enText from './en-text.js';
import zhApprovals from './zh-approvals.js';
import zhAttention from './zh-attention.js';
import zhClass from './zh-class.js';
import zhDesk from './zh-desk.js';
import zhHands from './zh-hands.js';
import zhPolls from './zh-polls.js';
import zhPrivate from './zh-private.js';
import zhWall from './zh-wall.js';
import zhText from './zh-text.js';
import { addWords } from '../../base/i18n.js';

addWords({ en: enDesk, zh: zhDesk });
addWords({ en: enHands, zh: zhHands });
addWords({ en: enPolls, zh: zhPolls });
addWords({ en: enApprovals, zh: zhApprovals });
addWords({ en: enPrivate, zh: zhPrivate });
addWords({ en: enText, zh: zhText });
addWords({ en: enClass, zh: zhClass });
addWords({ en: enAttention, zh: zhAttention });
addWords({ en: enWall, zh: zhWall });
