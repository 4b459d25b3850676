// Many reference clients in one process, for the tests to drive: node fleet.mjs
//
// It reads commands from standard input, one JSON object a line, and answers each with
// a line: {add: [{url, token, ticket, staff}]} follows tickets; {send: {clients, every,
// for}} has clients talk, every so many ms, for so many ms; {settle: ms} waits until
// every message is acknowledged and nothing has been shown for so long; {drop: true}
// breaks all connections and waits until they are live again; {report: true} tells what
// was acknowledged and what each client showed.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";
import { connect } from "../../ticketing/static/ticketing.js";

const clients = [];
const acknowledged = [];
const failed = [];
const shownAfter = [];                    // ms from a send to each client that showed it
const acknowledgedAfter = [];
let pending = 0;
let lastShown = Date.now();
const isLive = (client) => client.state === "live";
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function show(client, payload, event) {
  lastShown = Date.now();
  const { seq, name, internal = false } = event;
  client.shown.push([internal, seq, name, payload.id ?? null]);
  const sentAt = name === "message.sent" && Number(payload.message.split(" ")[0]);
  if (sentAt && sentAt > client.since) shownAfter.push(lastShown - sentAt);
}

function add({ url, token, ticket, staff, transports = ["websocket"] }) {
  const client = { ticket, staff, shown: [], errors: [], syncs: 0, connects: 0, refused: 0 };
  const options = { forceNew: true, transports, reconnectionDelayMax: 1000 };
  const connection = connect(io, url, () => token, options);
  connection.socket.on("sync", () => client.syncs++);
  connection.socket.on("connect", () => client.connects++);
  connection.socket.on("connect_error", () => client.refused++);
  const handlers = {
    onEvent: (payload, event) => show(client, payload, event),
    onState: (state) => {
      client.state = state;
      if (state === "live") client.since ??= Date.now();
    },
    onError: (error) => client.errors.push(error),
  };
  const from = staff ? { after: 0, staffAfter: 0 } : { after: 0 };
  client.follows = connection.follow(ticket, handlers, from);
  client.socket = connection.socket;
  clients.push(client);
}

async function say(client) {
  const sentAt = Date.now();
  pending++;
  try {
    const message = await client.follows.send(`${sentAt} says ${clients.indexOf(client)}`);
    acknowledged.push([message.ticket_id, message.id, message.client_id]);
    acknowledgedAfter.push(Date.now() - sentAt);
  } catch (error) {
    failed.push(String(error.code ?? error.message));
  }
  pending--;
}

async function talk({ clients: who, every, for: duration }) {
  const end = Date.now() + duration;
  await Promise.all(who.map(async (index) => {
    await sleep(Math.random() * every);
    while (Date.now() < end) {
      say(clients[index]);
      await sleep(every);
    }
  }));
}

async function settle(quiet) {
  while (pending || Date.now() - lastShown < quiet) await sleep(50);
}

function figures(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map((p) => sorted[Math.floor(sorted.length * p)]);
  return { p50, p99, max: sorted.at(-1) };
}

function report() {
  return {
    clients: clients.map(({ follows, socket, ...told }) => told),
    acknowledged, failed, pending, last_shown: lastShown,
    shown_after: figures(shownAfter), acknowledged_after: figures(acknowledgedAfter),
  };
}

async function obey(command) {
  if (command.add) {
    command.add.forEach(add);
    const begun = Date.now();
    while (!clients.every((client) => isLive(client) || client.errors.length)) await sleep(20);
    return { live_after: Date.now() - begun };
  }
  if (command.send) await talk(command.send);
  if (command.settle) await settle(command.settle);
  if (command.drop) {
    const begun = Date.now();
    for (const { socket } of clients) socket.io.engine.close();
    while (clients.every(isLive)) await sleep(1);
    while (!clients.every(isLive)) await sleep(20);
    return { live_after: Date.now() - begun };
  }
  return command.report ? report() : {};
}

for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify(await obey(JSON.parse(line))));
process.exit(0);
