// The screens of customers.
import { MySettings } from "./my_settings.js";
import { MyTickets } from "./my_tickets.js";
import { NewTicket } from "./new_ticket.js";
import { TicketScreen } from "./ticket.js";

export const home = "tickets";
export const routes = [
  [/^tickets$/, MyTickets], [/^tickets\/(?<id>\d+)$/, TicketScreen], [/^new$/, NewTicket],
  [/^me$/, MySettings],
];
