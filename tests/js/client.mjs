// A client for the tests to drive: node client.mjs URL TOKEN TRANSPORT
//
// It prints all that happens to it, one JSON array a line, and reads what to send from
// standard input, one [name, payload] a line; at its end, it leaves.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [url, token, transport] = process.argv.slice(2);
const socket = io(url, {
  auth: { token },
  transports: [transport],
  reconnection: false,
});
const print = (...line) => console.log(JSON.stringify(line));

socket.on("connect", () => print("connect", socket.io.engine.transport.name));
socket.on("connect_error", (error) => print("connect_error", error.message, error.data));
socket.on("disconnect", (reason) => print("disconnect", reason));
socket.onAny((name, ...args) => print("event", name, ...args));

for await (const line of createInterface({ input: process.stdin })) {
  const [name, payload] = JSON.parse(line);
  socket.emit(name, payload, (answer) => print("ack", answer));
}
socket.close();
