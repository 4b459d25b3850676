// The screens of agents and admins.
import { Categories } from "./categories.js";
import { Dashboard } from "./dashboard.js";
import { MySettings } from "./my_settings.js";
import { Queue } from "./queue.js";
import { Responses } from "./responses.js";
import { TicketScreen } from "./ticket.js";
import { Users } from "./users.js";
import { Views } from "./views.js";

export const home = "queue/needs_answer";
export const routes = [
  [/^queue\/(?<view>\w+)(\/(?<id>\d+))?$/, Queue], [/^search(\/(?<id>\d+))?$/, Queue],
  [/^tickets\/(?<id>\d+)$/, TicketScreen], [/^dashboard$/, Dashboard], [/^categories$/, Categories],
  [/^users$/, Users], [/^views$/, Views], [/^responses$/, Responses], [/^me$/, MySettings],
];
