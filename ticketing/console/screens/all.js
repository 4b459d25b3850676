// Which path shows which screen, for each role.
import { Dashboard } from "./dashboard.js";
import { MySettings } from "./my_settings.js";
import { MyTickets } from "./my_tickets.js";
import { NewTicket } from "./new_ticket.js";
import { Queue } from "./queue.js";
import { Categories, Responses, Views } from "./resources.js";
import { TicketScreen } from "./ticket.js";
import { Users } from "./users.js";

const COMMON = [[/^tickets\/(?<id>\d+)$/, TicketScreen], [/^me$/, MySettings]];

export const HOME = { customer: "tickets", admin: "queue/needs_answer" };
export const SCREENS = {
  customer: [...COMMON, [/^tickets$/, MyTickets], [/^new$/, NewTicket]],
  admin: [
    ...COMMON, [/^queue\/(?<view>\w+)(\/(?<id>\d+))?$/, Queue], [/^search(\/(?<id>\d+))?$/, Queue],
    [/^dashboard$/, Dashboard], [/^categories$/, Categories], [/^users$/, Users],
    [/^views$/, Views], [/^responses$/, Responses],
  ],
};
