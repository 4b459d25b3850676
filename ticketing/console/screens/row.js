// A list of tickets, and a ticket in it.
import { useRef } from "preact/hooks";
import { draftOf } from "../drafts.js";
import { presence } from "../live.js";
import { html, Time } from "../ui.js";
import { useValue } from "../values.js";
import { list, number, t } from "../words.js";

/** Rows, of which `children(row)` shows one, and a button for more: the focus goes to these. */
export function Rows({ rows, hasMore, more, children }) {
  const shown = useRef();
  const showMore = async () => {
    await more();
    shown.current.children[rows.length]?.querySelector("a").focus();
  };
  return html`<ul class="rows" ref=${shown}>${rows.map(children)}</ul>
    ${hasMore && html`<button type="button" onClick=${showMore}>${t("Show more")}</button>`}`;
}

/** A ticket, and some `facts` about it; `toggle` selects it, where that is possible. */
export function Row({ row, to, user, facts, isOpen, isSelected, toggle }) {
  const { id, subject, isGone, unread_count: unread } = row;
  const there = (useValue(presence)[id] ?? []).filter((other) => other.id !== user.id);
  return html`<li class="row ${isGone ? "gone" : ""} ${isOpen ? "open" : ""}" data-id=${id}>
    ${toggle && html`<label><input type="checkbox" checked=${isSelected} onChange=${toggle} />
      <span class="visually-hidden">${t("Select #{id}", { id: String(id) })}</span></label>`}
    <a href="/console/${to}" class=${unread ? "unread" : ""}
      aria-current=${isOpen ? "true" : undefined}>
      <span class="line">
        ${unread > 0 && html`<span class="badge">${number(unread)}
          <span class="visually-hidden"> ${t("unread")}</span></span>`}
        <span class="subject"><bdi>${subject}</bdi></span><${Time} at=${row.last_activity_at} />
      </span>
      <span class="line quiet"><span class="facts">${facts}</span></span>
      <span class="line quiet">${isGone ? t("No longer in this list")
        : html`<${Preview} row=${row} user=${user} />`}</span>
      ${there.length > 0 && html`<span class="line presence">${t("{names}: here now",
        { names: list(there.map(({ name }) => name)) })}</span>`}
    </a>
  </li>`;
}

function Preview({ row: { id, last_entry: entry, match }, user }) {
  const draft = draftOf(id, "reply");
  if (match) {
    return html`<span class="excerpt" dir="auto">
      ${match.internal && `${t("Internal note")}: `}${marked(match)}</span>`;
  }
  if (draft) return html`<span class="excerpt">${t("Draft: {text}", { text: draft })}</span>`;
  if (!entry) return null;
  const author = user.role === "admin" ? "↩ " : `${entry.user.name}: `;
  return html`<span class="excerpt" dir="auto">
    ${entry.side === "support" ? author : ""}${entry.excerpt}</span>`;
}

/** An excerpt with what was searched marked; positions are in code points. */
function marked({ excerpt, terms }) {
  const letters = [...excerpt];
  const textOf = (from, to) => letters.slice(from, to).join("");
  const pieces = [];
  let end = 0;
  for (const [from, to] of terms) {
    pieces.push(textOf(end, from), html`<mark>${textOf(from, to)}</mark>`);
    end = to;
  }
  return [...pieces, textOf(end)];
}
