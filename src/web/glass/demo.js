// A second connection, named "Demo", for the projector: nobody's private messages are on it. For hosts.

import { box, make } from '../base/dom.js';
import { t } from '../base/i18n.js';

const AGAIN_MS = 1500;

export class Demo {
  /** `token()` is the host's; `room()` is the name of the open room. `changed(connection)` says which
      connection to watch, null at the end; `told(id, code)` how a connection ended; `problem(answer)`
      why there is none. */
  constructor({ url, token, room, changed, told, problem }) {
    Object.assign(this, { url, token, room, changed, told, problem, ws: null, key: null, timer: null, connection: null });
  }

  get on() { return this.key !== null; }

  async start() {
    let answer = { status: 0 };
    try {
      const response = await fetch('/api/demo', { method: 'POST', cache: 'no-store', headers: { Authorization: 'Bearer ' + this.token() } });
      answer = Object.assign(await response.json().catch(() => ({})), { status: response.status });
    } catch (error) { /* the status stays 0 */ }
    if (!answer.token) {
      this.problem(Object.assign({ error: 'unreachable' }, answer));
      return;
    }
    this.key = answer.token;
    this.connect();
  }

  stop() {
    clearTimeout(this.timer);
    this.key = this.connection = null;
    const { ws } = this;
    this.ws = null;
    if (ws) ws.close(1000);
    this.changed(null);
  }

  connect() {
    const ws = new WebSocket(this.url, ['chat.v1', 'bearer.' + this.key]);
    this.ws = ws;
    ws.onmessage = ({ data }) => {
      if (this.ws !== ws) return;
      let message = {};
      try { message = JSON.parse(data); } catch (error) { return; }
      if (message.type === 'welcome') {
        this.connection = message.connection;
        this.send({ type: 'join', room: this.room() });
        this.changed(message.connection);
      }
    };
    ws.onclose = ({ code, reason }) => {
      if (this.ws !== ws) return;
      this.ws = null;
      if (this.connection !== null) this.told(this.connection, code);
      this.connection = null;
      // 1008 means that the token is no longer valid; after any other code it reconnects.
      if (code === 1008) {
        this.stop();
        this.problem({ error: reason.split(':')[0] });
      } else {
        this.timer = setTimeout(() => this.connect(), AGAIN_MS);
      }
    };
  }

  send(message) {
    if (!this.ws || this.ws.readyState !== WebSocket.OPEN) return false;
    this.ws.send(JSON.stringify(message));
    return true;
  }

  /** A form to send messages as Demo. */
  line() {
    const input = make('input');
    Object.assign(input, { type: 'text', id: 'glass-demo-text', maxLength: 500, autocomplete: 'off' });
    const say = make('button', 'primary', t('composer.send'));
    const form = make('form', 'demo-line');
    form.append(box('label', 'choice', make('span', '', t('glass.demo.say')), ' ', input), say);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (text && this.send({ type: 'send', text, room: this.room() })) input.value = '';
    });
    return form;
  }
}
