// A customer's own tickets.
import { query } from "../api.js";
import { navigate } from "../address.js";
import { useKeys } from "../keys.js";
import { useChanges } from "../live.js";
import { usePages } from "../loading.js";
import { Empty, Heading, html, Loaded } from "../ui.js";
import { t } from "../words.js";
import { Row, Rows } from "./row.js";

const STATUSES = { open: "open,in_progress,resolved", closed: "closed" };

/** What a status means to the customer. */
export function statusWords({ status, waiting_on }) {
  if (status === "resolved") return t("Solved");
  if (status === "closed") return t("Closed");
  return waiting_on === "customer" ? t("Waiting for you") : t("We are on it");
}

export function MyTickets({ query: { tab }, user }) {
  const shown = tab in STATUSES ? tab : "open";
  const tickets = usePages(`/tickets${query({ status: STATUSES[shown], sort: "-last_activity_at" })}`);
  useChanges(tickets.reload);
  useKeys({ n: [t("New request"), () => navigate("new")] });
  const link = (name, words) => html`<a href="/console/tickets?tab=${name}"
    aria-current=${shown === name ? "page" : undefined}>${words}</a>`;
  return html`<div class="title">
      <${Heading} title=${t("Your requests")} />
      <a class="button primary" href="/console/new">${t("New request")}</a>
    </div>
    <div class="tabs">${link("open", t("Open"))}${link("closed", t("Closed"))}</div>
    <${Loaded} from=${tickets}>${({ data, next }) => html`
      ${!data.length && html`<${Empty} action=${html`<a href="/console/new">${t("New request")}</a>`}>
        ${shown === "open" ? t("Nothing yet. Ask us something.") : t("No request is closed.")}<//>`}
      <${Rows} rows=${data} hasMore=${next} more=${tickets.more}>${(ticket) => html`
        <${Row} key=${ticket.id} row=${ticket} user=${user} to="tickets/${ticket.id}"
          facts=${statusWords(ticket)} />`}<//>`}
    <//>`;
}
