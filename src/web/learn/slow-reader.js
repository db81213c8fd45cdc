// A slow reader of one's own: a worker with a WebSocket to /echo. It sends everything at once and then
// takes `pause` milliseconds over each message that comes back. In a worker the page itself stays quick.

const SAMPLE_MS = 10;

onmessage = ({ data: { url, count, size, pause, waits } }) => {
  const ws = new WebSocket(url);
  let begun = performance.now();
  let timer = null;
  let arrived = 0;
  let handled = 0;
  let turn = Promise.resolve();
  const sample = () => postMessage({ at: performance.now() - begun, buffered: ws.bufferedAmount, arrived, handled });
  const handle = (bytes) => {
    handled += bytes;
    sample();
    if (handled === count * size) ws.close(1000);
  };
  ws.binaryType = 'arraybuffer';
  ws.onopen = () => {
    begun = performance.now();
    sample();
    const message = new Uint8Array(size);
    for (let n = 0; n < count; n += 1) ws.send(message);
    sample();
    timer = setInterval(sample, SAMPLE_MS);
  };
  ws.onmessage = ({ data }) => {
    arrived += data.byteLength;
    if (waits) {
      // As with `await` in a handler: it returns at once, and the next message comes.
      turn = turn.then(() => new Promise((done) => setTimeout(done, pause))).then(() => handle(data.byteLength));
      return;
    }
    const until = performance.now() + pause;
    while (performance.now() < until) { /* busy: nothing else of this worker runs, no message is taken */ }
    handle(data.byteLength);
  };
  ws.onclose = ({ code }) => {
    clearInterval(timer);
    postMessage({ closed: code });
  };
};
