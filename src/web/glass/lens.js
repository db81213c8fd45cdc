// The lens.v1 connection: a second WebSocket that reports the frames of the first one. No DOM.

const RETRY_MS = 2000;
const TRIES = 5;
const REFUSALS = { 1008: 'unauthorized', 4404: 'unknown', 4409: 'replaced', 4403: 'off' };

export class Lens {
  /** `token()` is the token of this person. `heard(event)` gets every message, `changed(state)` the state:
      {name: off|opening|open|over|refused, why?}. */
  constructor({ url, token, heard, changed }) {
    Object.assign(this, { url, token, heard, changed, ws: null, connection: null, tries: 0, timer: null });
    this.state = { name: 'off' };
  }

  enter(state) {
    this.state = state;
    this.changed(state);
  }

  /** Watches the connection with this id from now on. */
  watch(connection) {
    this.tries = 0;
    this.connection = connection;
    this.open();
  }

  close() {
    this.connection = null;
    this.drop();
    this.state = { name: 'off' };
  }

  drop() {
    clearTimeout(this.timer);
    const { ws } = this;
    this.ws = null;
    if (ws) ws.close();
  }

  /** Asks the server to do something to the watched connection; says whether the request was sent. */
  ask(what, more = {}) {
    if (this.state.name !== 'open' || this.ws.readyState !== WebSocket.OPEN) return false;
    this.ws.send(JSON.stringify(Object.assign({ type: 'do', what }, more)));
    return true;
  }

  open() {
    this.drop();
    this.enter({ name: 'opening' });
    const ws = new WebSocket(`${this.url}?connection=${encodeURIComponent(this.connection)}`, ['lens.v1', 'bearer.' + this.token()]);
    let opened = false;
    this.ws = ws;
    ws.onopen = () => { opened = true; };
    ws.onmessage = ({ data }) => { if (this.ws === ws) this.hear(data); };
    ws.onclose = ({ code }) => {
      if (this.ws !== ws) return;
      this.ws = null;
      this.closed(code, opened);
    };
  }

  hear(data) {
    let event = null;
    try { event = JSON.parse(data); } catch (error) { return; }
    if (!event || typeof event.type !== 'string') return;
    if (event.type === 'opened') {
      this.tries = 0;
      this.heard(event);
      this.enter({ name: 'open' });
    } else {
      this.heard(event);
    }
  }

  async closed(code, opened) {
    if (code === 1000) {
      this.enter({ name: 'over' });
      return;
    }
    if (REFUSALS[code]) {
      this.enter({ name: 'refused', why: REFUSALS[code] });
      return;
    }
    const { connection } = this;
    if (!opened && await this.missing()) {
      if (this.connection === connection && !this.ws) this.enter({ name: 'refused', why: 'off' });
      return;
    }
    if (this.connection !== connection || this.ws) return;
    this.tries += 1;
    if (this.tries > TRIES) this.enter({ name: 'refused', why: 'unreachable' });
    else this.timer = setTimeout(() => this.open(), RETRY_MS);
  }

  /** Whether the lens is switched off. A browser hides why a handshake failed, since a script always gets
      1006; the status of a plain HTTP request can be read. */
  async missing() {
    try {
      return (await fetch('/lens', { cache: 'no-store' })).status === 404;
    } catch (error) {
      return false;
    }
  }
}
