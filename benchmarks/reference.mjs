// The reference: Node's own Socket.IO server, with the same room and the same payload.
//   node reference.mjs PORT
import { createServer } from "node:http";
import { Server } from "socket.io";

const server = createServer((_, response) => response.end("{}"));
const io = new Server(server, { transports: ["websocket"] });
let sent = 0;

io.on("connection", (socket) => {
  socket.on("join", ({ ticket_id }, acknowledge) => {
    socket.join(`ticket.${ticket_id}`);
    acknowledge({ data: { ticket_id, last_seq: sent, events: [], has_more: false } });
  });
  socket.on("message.send", ({ ticket_id, message, client_id }, acknowledge) => {
    const id = ++sent, created_at = new Date().toISOString();
    const user = { id: 1, name: "Agent 1", role: "admin" };
    const payload = {
      id, ticket_id, user_id: 1, user, message, client_id, is_read: false, read_at: null,
      created_at, updated_at: created_at,
    };
    const event = { seq: id, ticket_id, name: "message.sent", actor_id: 1, created_at };
    io.to(`ticket.${ticket_id}`).emit("message.sent", payload, event);
    acknowledge({ data: payload });
  });
});
server.listen(Number(process.argv[2]), "127.0.0.1");
