// The same chat client as client.py, on Node `ws`; arguments, talk and report are alike.
// (CommonJS, because NODE_PATH does not count for ES modules.)
"use strict";
const WebSocket = require("ws");

const PATIENCE = 10_000;
const [url, carrier, ending] = process.argv.slice(2);
const token = process.env.TOKEN ?? "";

const protocols = { header: ["chat.v1"], none: ["chat.v1"], bare: [], protocol: ["chat.v1", `bearer.${token}`] }[carrier];
const headers = carrier === "header" || carrier === "bare" ? { Authorization: `Bearer ${token}` } : {};
const ws = new WebSocket(url, protocols, { headers, handshakeTimeout: PATIENCE, perMessageDeflate: false });

const saw = {};
const deadline = setTimeout(() => {
  console.error("out of patience; so far:", JSON.stringify(saw));
  process.exit(1);
}, PATIENCE);

ws.on("open", () => (saw.subprotocol = ws.protocol || null));
ws.on("message", (data) => {
  const message = JSON.parse(data.toString());
  if (message.type === "welcome") {
    saw.welcome = message;
  } else if (message.type === "joined") {
    ws.send(JSON.stringify({ type: "send", room: message.room, text: "hello from node", ref: "1" }));
  } else if (message.type === "ack" && message.ref === "1") {
    saw.ack = message;
  } else if (message.type === "message" && message.text === "hello node") {
    saw.heard = message;
  } else {
    return;
  }
  // The ack waits for the disk, the message does not: either may be first.
  if (saw.ack && saw.heard) ws.ping("still there?");
});
ws.on("pong", (data) => {
  saw.pong = data.toString() === "still there?";
  if (ending === "leave") ws.close(1000, "bye");
});
ws.on("close", (code, reason) => {
  clearTimeout(deadline);
  console.log(JSON.stringify({ ...saw, code, reason: reason.toString() }));
});
ws.on("error", (error) => {
  console.error(String(error));
  process.exit(1);
});
