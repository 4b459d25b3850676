// Many sockets in one process: node sockets.mjs URL < ORDERS
//
// It reads orders, a line of JSON each, and answers each with one:
//   {join: [[token, ticket], …]}   connects one socket for each, and joins
//   {fan: seconds}                 one message after another, once all have heard the one
//                                  before: from the first to hear it to the last, at how
//                                  many deliveries a second?
//   {pace: seconds, rate}          so many messages a second, by all sockets in turn:
//                                  how many ms from a send to each socket that shows it?
// Clients offer permessage-deflate, as browsers do.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const url = process.argv[2];
const run = Math.random().toString(36).slice(2);
const sockets = [];
const PATIENCE = 10_000;                  // ms until what is still under way is lost
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const tick = () => new Promise(setImmediate);
let count = 0;
let hear = () => {};
let failed = 0;

async function join([token, ticket_id]) {
  const options = { auth: { token }, transports: ["websocket"], forceNew: true };
  const socket = io(url, { ...options, reconnection: false });
  socket.on("disconnect", () => failed++);
  socket.on("message.sent", (message) => hear(message.client_id));
  await new Promise((done, refused) => socket.on("connect", done).on("connect_error", refused));
  const answer = await socket.emitWithAck("join", { ticket_id });
  if (answer.error) throw new Error(answer.error.message);
  sockets.push({ socket, ticket_id });
}

function send({ socket, ticket_id }) {
  const client_id = `${run}-${++count}`;
  const message = "Have you tried turning it off and on again?";
  socket.emit("message.send", { ticket_id, message, client_id }, ({ error }) => error && failed++);
  return client_id;
}

async function fan({ fan: seconds }) {
  const rates = [];
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    let first, heard = 0;
    hear = () => { first ??= performance.now(); heard++; };
    send(sockets[0]);
    const deadline = performance.now() + PATIENCE;
    while (heard < sockets.length && performance.now() < deadline) await tick();
    if (heard < sockets.length) failed++;
    rates.push(((heard - 1) / (performance.now() - first)) * 1000);
  }
  rates.sort((a, b) => a - b);
  return { rate: rates[Math.floor(rates.length / 2)] };
}

async function pace({ pace: seconds, rate }) {
  const sentAt = new Map(), taken = [], audience = new Map();
  for (const { ticket_id } of sockets) audience.set(ticket_id, (audience.get(ticket_id) ?? 0) + 1);
  hear = (id) => taken.push(performance.now() - sentAt.get(id));
  const begun = performance.now(), messages = seconds * rate;
  let expected = 0;
  for (let i = 0; i < messages; i++) {
    await sleep(begun + (i / rate) * 1000 - performance.now());
    const from = sockets[i % sockets.length], at = performance.now();
    sentAt.set(send(from), at);
    expected += audience.get(from.ticket_id);
  }
  await ended(() => taken.length >= expected);
  taken.sort((a, b) => a - b);
  const at = (part) => taken[Math.floor(taken.length * part)];
  return { p50: at(0.5), p99: at(0.99) };
}

async function ended(over) {
  const deadline = performance.now() + PATIENCE;
  while (!over() && performance.now() < deadline) await sleep(20);
  if (!over()) failed++;
}

async function obey(order) {
  if (order.fan) return fan(order);
  if (order.pace) return pace(order);
  for (let i = 0; i < order.join.length; i += 20)
    await Promise.all(order.join.slice(i, i + 20).map(join));
  return {};
}

for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify({ ...(await obey(JSON.parse(line))), failed }));
process.exit(0);
