// Many clients of the Pusher protocol in one process, for the tests to drive:
// node pushers.mjs
//
// It reads commands from standard input, one JSON object a line, and answers each with
// a line: {add: [{url, token, ticket}]} subscribes tickets, ten connections at a time;
// {settle: ms} waits until nothing has been shown for so long; {report: true} tells
// what each client showed, and after how many ms.
import { createInterface } from "node:readline";
import Pusher from "pusher-js";

const AT_A_TIME = 10;
const clients = [];
const shownAfter = [];                    // ms from a send to each client that showed it
let lastShown = Date.now();
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function add({ url, token, ticket }) {
  const { hostname, port } = new URL(url);
  const client = { ticket, shown: [], states: [] };
  const pusher = new Pusher("ticketing", {
    ...{ cluster: "", wsHost: hostname, wsPort: port, forceTLS: false },
    ...{ enabledTransports: ["ws"], disableStats: true },
    channelAuthorization: {
      endpoint: `${url}/broadcasting/auth`, headers: { Authorization: `Bearer ${token}` },
    },
  });
  pusher.connection.bind("state_change", ({ current }) => client.states.push(current));
  clients.push(client);
  const channel = pusher.subscribe(`private-ticket.${ticket}`);
  channel.bind_global((name, data) => { if (data?.event) show(client, name, data); });
  return new Promise((done, fail) => {
    channel.bind("pusher:subscription_succeeded", done);
    channel.bind("pusher:subscription_error", fail);
  });
}

function show(client, name, { event, ...payload }) {
  lastShown = Date.now();
  client.shown.push([event.seq, name, payload.id ?? null]);
  if (name === "message.sent") shownAfter.push(lastShown - payload.message.split(" ")[0]);
}

function figures(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map((p) => sorted[Math.floor(sorted.length * p)]);
  return { p50, p99, max: sorted.at(-1) };
}

async function obey(command) {
  if (command.add) {
    const begun = Date.now();
    while (command.add.length) await Promise.all(command.add.splice(0, AT_A_TIME).map(add));
    return { live_after: Date.now() - begun };
  }
  while (Date.now() - lastShown < command.settle) await sleep(50);
  return command.report ? { clients, shown_after: figures(shownAfter) } : {};
}

for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify(await obey(JSON.parse(line))));
process.exit(0);
