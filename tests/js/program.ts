// Compiled against the types that openapi-typescript makes of the document.
import type { components, operations } from "./api";

type Schemas = components["schemas"];
type Query = operations["tickets.index"]["parameters"]["query"];

const opening: Schemas["TicketOpen"] = {
  category_id: 1, subject: "Printer on fire", description: "It burns.", priority: "high",
};
const query: Query = { status: ["open", "in_progress"], assigned_to: "me", sort: "-priority" };
// @ts-expect-error: it is no priority
const wrong: Schemas["TicketOpen"] = { ...opening, priority: "highest" };
// @ts-expect-error: a PATCH does not take who opened a ticket
const edit: Schemas["TicketEdit"] = { user_id: 1 };

export const removal: Schemas["TicketEdit"] = { attachment: null, assigned_to: null };
export const text = (entry: Schemas["Entry"]): string | null => {
  if (entry.name === "message.sent") return entry.payload.message;
  if (entry.name === "comment.added") return entry.payload.content;
  // @ts-expect-error: no other payload has a message
  return entry.payload.message;
};
export const after = (page: Schemas["MessagePage"]): number | null => page.next;
export const cursor = (page: Schemas["TicketPage"]): string | null => page.next;
export const name = (ticket: Schemas["Ticket"]): string => ticket.assignee?.name ?? ticket.user.name;
export const code = (refused: operations["chat.send"]["responses"][409]): string =>
  refused.content["application/json"].code;
export default [opening, query, wrong, edit];
