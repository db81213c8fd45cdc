// All words of the chat's page in Chinese. A browser gets them as one file (build.rs), and only in its language.

import base from '../../base/zh.js';
import approvals from './zh-approvals.js';
import classWords from './zh-class.js';
import hands from './zh-hands.js';
import polls from './zh-polls.js';
import privateWords from './zh-private.js';

export default Object.assign({}, base, approvals, classWords, hands, polls, privateWords);
