// A person in a chat, in Node: node chat.mjs OPTIONS, which are those of person.mjs
//
// It reads commands from standard input, one [name, …] a line, and answers each with a
// line.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";
import { connect } from "../../ticketing/static/ticketing.js";
import { enter } from "./person.mjs";

const person = enter(connect, io, JSON.parse(process.argv[2]));
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...args] = JSON.parse(line);
  console.log(JSON.stringify(person[name](...args) ?? null));
}
process.exit(0);
