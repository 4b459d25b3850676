// Which path shows which screen, for each role.
import { Categories } from "./categories.js";
import { Dashboard } from "./dashboard.js";
import { MySettings } from "./my_settings.js";
import { MyTickets } from "./my_tickets.js";
import { NewTicket } from "./new_ticket.js";
import { Queue } from "./queue.js";
import { Responses } from "./responses.js";
import { TicketScreen } from "./ticket.js";
import { Users } from "./users.js";
import { Views } from "./views.js";

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
