// An agent who follows many tickets on one socket, for the tests to drive:
// node agent.mjs URL TOKEN TICKET…
//
// It reads commands from standard input, one JSON value a line, and answers each with a
// line. "live" waits until all tickets are live, and answers how many joins were sent
// since the last answer and how many events were shown in all. "drop" breaks the
// connection, reconnects, sends a message to the last ticket at once, and answers how
// many milliseconds after the reconnect it was acknowledged.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";
import { connect } from "../../ticketing/static/ticketing.js";

const PATIENCE_MS = 90_000;
const [url, token, ...tickets] = process.argv.slice(2);
const client = connect(io, url, () => token, { transports: ["websocket"] });
const states = new Map();
let joins = 0;
let shown = 0;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const onEvent = () => { shown += 1; };

client.socket.onAnyOutgoing((name) => { joins += name === "join"; });
const followed = tickets.map((id) => client.follow(Number(id), {
  onEvent, onState: (state) => states.set(id, state),
}));

async function live() {
  const isLive = () => tickets.every((id) => states.get(id) === "live");
  const deadline = Date.now() + PATIENCE_MS;
  while (!isLive()) {
    if (Date.now() > deadline) throw new Error("The tickets are not live.");
    await sleep(20);
  }
  const answer = { joins, shown };
  joins = 0;
  return answer;
}

async function drop() {
  client.socket.io.engine.close();
  while (client.socket.connected) await sleep(1);
  await new Promise((done) => client.socket.once("connect", done));
  const begun = Date.now();
  await followed.at(-1).send("I am back.");
  return { acknowledged_after_ms: Date.now() - begun };
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await { live, drop }[JSON.parse(line)]();
  console.log(JSON.stringify(answer));
}
process.exit(0);
