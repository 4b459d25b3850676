// A customer's own tickets.
import { useRef } from "preact/hooks";
import { query, usePages } from "../api.js";
import { navigate } from "../address.js";
import { draftOf } from "../drafts.js";
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

export function MyTickets({ query: { tab } }) {
  const shown = tab in STATUSES ? tab : "open";
  const tickets = usePages(`/tickets${query({ status: STATUSES[shown], sort: "-last_activity_at" })}`);
  const rows = useRef();
  useChanges(tickets.reload);
  useKeys({ n: [t("New request"), () => navigate("new")] });
  const showMore = async (from) => {
    await tickets.more();
    rows.current.children[from]?.querySelector("a").focus();  // the button may be gone
  };
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
      <ul class="rows" ref=${rows}>${data.map((ticket) =>
        html`<${Row} key=${ticket.id} ...${ticket} />`)}</ul>
      ${next && html`<button type="button" onClick=${() => showMore(data.length)}>${t("Show more")}</button>`}`}
    <//>`;
}

function Row({ id, subject, unread_count: unread, last_activity_at: at, last_entry: entry, ...ticket }) {
  const draft = draftOf(id, "reply");
  const author = entry?.side === "support" ? `${entry.user.name}: ` : "";
  return html`<li><a href="/console/tickets/${id}" class=${unread ? "unread" : ""}>
    <span class="line">
      <span class="subject" dir="auto">${subject}</span>
      <${Time} at=${at} />
    </span>
    <span class="line quiet">
      ${unread > 0 && html`<span class="badge">${tn("{count} unread", "{count} unread", { count: unread })}</span>`}
      <span>${statusWords(ticket)}</span>
      ${draft ? html`<span class="excerpt">${t("Draft: {text}", { text: draft })}</span>`
        : entry && html`<span class="excerpt" dir="auto">${author}${entry.excerpt}</span>`}
    </span>
  </a></li>`;
}
