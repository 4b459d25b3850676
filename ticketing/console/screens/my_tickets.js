// A customer's own tickets.
import { query, usePages } from "../api.js";
import { navigate } from "../address.js";
import { useKeys } from "../keys.js";
import { useChanges } from "../live.js";
import { Empty, Heading, html, Loaded, Time } from "../ui.js";
import { t, tn } from "../words.js";

const STATUSES = { open: "open,in_progress,resolved", closed: "closed" };

/** What a status means to the customer. */
export function statusWords({ status, waiting_on }) {
  if (status === "resolved") return t("Solved");
  if (status === "closed") return t("Closed");
  return waiting_on === "customer" ? t("Waiting for you") : t("We are on it");
}

export function MyTickets({ query: { tab = "open" } }) {
  const status = STATUSES[tab] ?? STATUSES.open;
  const tickets = usePages(`/tickets${query({ status, sort: "-last_activity_at" })}`);
  useChanges(tickets.reload);
  useKeys({ n: [t("New request"), () => navigate("new")] });
  const link = (name, words) => html`<a href="/console/tickets?tab=${name}"
    aria-current=${tab === name ? "page" : undefined}>${words}</a>`;
  return html`<div class="title">
      <${Heading} title=${t("Your requests")} />
      <a class="button primary" href="/console/new">${t("New request")}</a>
    </div>
    <div class="tabs">${link("open", t("Open"))}${link("closed", t("Closed"))}</div>
    <${Loaded} from=${tickets}>${({ data, next }) => html`
      ${!data.length && html`<${Empty} action=${html`<a href="/console/new">${t("New request")}</a>`}>
        ${t("Nothing yet. Ask us something.")}<//>`}
      <ul class="rows">${data.map((ticket) => html`<${Row} key=${ticket.id} ...${ticket} />`)}</ul>
      ${next && html`<button type="button" onClick=${tickets.more}>${t("Show more")}</button>`}`}
    <//>`;
}

function Row({ id, subject, unread_count: unread, last_activity_at: at, last_entry: entry, ...ticket }) {
  return html`<li><a href="/console/tickets/${id}" class=${unread ? "unread" : ""}>
    <span class="line">
      <span class="subject">${subject}</span>
      ${unread > 0 && html`<span class="badge">${tn("{count} unread", "{count} unread", { count: unread })}</span>`}
      <${Time} at=${at} />
    </span>
    <span class="line quiet"><span>${statusWords(ticket)}</span>
      ${entry && html`<span class="excerpt">${entry.side === "support" ? `${entry.user.name}: ` : ""}${entry.excerpt}</span>`}
    </span>
  </a></li>`;
}
