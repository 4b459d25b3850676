// The page of the Laravel system in Node, for the tests to drive: node node.mjs URL
//
// It stands beside echo.js and page.js. What a browser has and Node has not is made up
// here. Each line of standard input is JavaScript to run, which may call print(); what
// is printed, or written to the console, is JSON, an array a line.
import http from "node:http";
import { createInterface } from "node:readline";

const { hostname, port } = new URL(process.argv[2]);
globalThis.window = globalThis;
globalThis.print = (...line) => process.stdout.write(`${JSON.stringify(line)}\n`);
console.log = print;
// A URL without an origin leads to the page's own; pusher-js takes localhost:80 for it.
const request = http.request;
http.request = (options, ...rest) =>
  request(options.host === "localhost" ? { ...options, host: hostname, port } : options, ...rest);

await import("./echo.js");
const { connection } = Echo.connector.pusher;
connection.bind("state_change", ({ current }) => print("state", current));
connection.bind("error", ({ error }) => print("error", error?.data ?? String(error)));
await import("./page.js");

for await (const line of createInterface({ input: process.stdin })) (0, eval)(line);
process.exit(0);
