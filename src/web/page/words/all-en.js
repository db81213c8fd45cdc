// All words of the chat's page in English. A browser gets them as one file (build.rs), and only in its language.

import base from '../../base/en.js';
import approvals from './en-approvals.js';
import classWords from './en-class.js';
import hands from './en-hands.js';
import polls from './en-polls.js';
import privateWords from './en-private.js';

export default Object.assign({}, base, approvals, classWords, hands, polls, privateWords);
