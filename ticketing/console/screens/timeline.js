// A ticket's entries in the order in which they happened, and what is on its way.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { call } from "../api.js";
import { shown } from "../conversation.js";
import { useKeys } from "../keys.js";
import { useOutbox } from "../outbox.js";
import { announce, Failed, html, Time } from "../ui.js";
import { date, dateTime, day, parts, t, time, tn } from "../words.js";
import { Changes, isAction, runsOf, shownFields } from "./changes.js";
import { Comment, Text, Waiting } from "./entries.js";
import { Files } from "./files.js";
import { Preview } from "./preview.js";
import { lastVisible, useEnd, useLinked } from "./scrolling.js";

const OLDER = 50;                          // entries that are loaded at once
const READ_AFTER_MS = 1000;

export function Timeline({ live, user, isOwn }) {
  const { state, ticket } = live;
  const log = useRef();
  const entries = useMemo(() => shown(state).filter((entry) =>
    entry.kind !== "change" || shownFields(entry, user).length), [state]);
  const waiting = useOutbox(ticket.id, entries);
  const mySide = isOwn ? "customer" : "support";
  const isTheirs = ({ kind, user: author }) =>
    kind === "message" && (author.id === ticket.user_id) !== isOwn;
  const theirs = entries.filter(isTheirs);
  const [firstUnread, setFirstUnread] = useState(null);
  useEffect(() => {                        // as it was when the ticket was opened
    const { unread_count: count } = ticket;
    if (live.isLive && count) setFirstUnread((theirs.at(-count) ?? theirs[0])?.key);
  }, [live.isLive]);
  const { hidden, goToEnd } = useEnd(log, entries, waiting.length);
  const markRead = useReading(log, live, theirs, mySide, user);
  const older = useOlder(live, log);
  const [shownUrl, setShownUrl] = useState(null);
  const onShow = ({ url }) => setShownUrl(url);
  const attachments = [ticket.attachment].filter(Boolean);
  const visible = entries.filter(older.isShown);
  const files = [...attachments, ...[...visible, ...waiting].flatMap((entry) => entry.files ?? [])];
  const shownFile = files.find(({ url }) => url === shownUrl);
  useLinked(live.isLive);
  useKeys(!isOwn && { m: [t("Mark read"), markRead] });
  const lastOwn = entries.findLast((entry) => entry.kind === "message" && !isTheirs(entry));
  const isUnread = theirs.length > 0 && theirs.at(-1).id > state.read[mySide].upTo;
  return html`<div class="log" role="log" tabindex="0" aria-label=${t("Conversation")} ref=${log}
      aria-busy=${older.isLoading ? "true" : undefined}>
    <div class="entry opening">
      <p class="quiet"><b>${ticket.user.name}</b> <${Time} at=${ticket.created_at} show=${dateTime} /></p>
      ${ticket.description ? html`<${Text}>${ticket.description}<//>`
        : html`<p class="quiet">${t("This was deleted.")}</p>`}
      <${Files} files=${attachments} onShow=${onShow} />
    </div>
    ${older.error && html`<${Failed} error=${older.error} />`}
    ${older.hasMore && html`<button type="button" onClick=${older.load}>${t("Show earlier entries")}</button>`}
    <ol>${runsOf(visible).map(([entry, ...more], index, all) => html`
      ${day(entry.at) !== (index && day(all[index - 1][0].at)) && html`
        <li class="day" key=${`d${entry.key}`}>${date(entry.at)}</li>`}
      ${entry.key === firstUnread && html`<li class="day new" key="new">${t("New")}
        ${!isOwn && isUnread && html` <button type="button" onClick=${markRead}>${t("Mark read")}</button>`}</li>`}
      <li key=${entry.key} id=${`${entry.internal ? "n" : "e"}${entry.seq}`} tabindex="-1"
        class="entry ${entry.kind} ${entry.user?.id === user.id ? "own" : ""}"
        data-message=${isTheirs(entry) ? entry.id : undefined}>
        ${isAction(entry) ? html`<${Changes} run=${[entry, ...more]} live=${live} user=${user} />`
          : html`<${Comment} entry=${entry} user=${user} live=${live} onShow=${onShow} />`}
        ${entry === lastOwn && html`<${Delivery} id=${entry.id} read=${state.read[isOwn ? "support" : "customer"]} />`}
      </li>`)}
      ${waiting.map((message) => html`<${Waiting} key=${message.clientId} message=${message} onShow=${onShow} />`)}
    </ol>
    ${hidden > 0 && html`<button type="button" class="primary to-end" onClick=${goToEnd}>
      ${tn("{count} new", "{count} new", { count: hidden })}</button>`}
  </div>
  ${shownFile && html`<${Preview} file=${shownFile} files=${files} onShow=${onShow} onClose=${() => setShownUrl(null)} />`}`;
}

/** Whether the last message of one's own side was read, and when. */
function Delivery({ id, read: { upTo, at } }) {
  if (upTo < id) return html`<p class="hint">${t("Sent")}</p>`;
  return html`<p class="hint">${parts("Read {time}", { time: html`<${Time} at=${at} show=${time} />` })}</p>`;
}

/**
 * Mark as read what was on screen for a second, in a window that has the focus: for a customer,
 * and for the admin whose ticket it is.
 * Returns what marks everything read by hand.
 */
function useReading(log, { followed, state, ticket }, theirs, mySide, user) {
  const done = useRef(0);                  // to where it was asked for
  const read = (id) => {
    if (id <= Math.max(done.current, state.read[mySide].upTo)) return;
    done.current = id;
    followed.current.read(id).catch(() => { done.current = 0; });
  };
  const latest = useRef();
  latest.current = read;
  const isMine = mySide === "customer" || ticket.assigned_to === user.id;
  useEffect(() => {
    let before;
    const look = () => {
      if (!document.hasFocus() || document.hidden) return;
      const last = Number(lastVisible(log.current, "[data-message]")?.dataset.message ?? 0);
      if (last === before) latest.current(last);
      before = last;
    };
    const looking = isMine && setInterval(look, READ_AFTER_MS);
    return () => clearInterval(looking);
  }, [isMine]);
  return () => {
    if (theirs.length) read(theirs.at(-1).id);
    announce(t("Marked as read."));
  };
}

/** Load the events of a stream after one number and up to another: long ones take several pages. */
async function loadEvents(id, stream, after, upTo) {
  const events = [];
  for (let last = after; last !== null && last < upTo;) {
    const page = await call("GET", `/tickets/${id}/events?stream=${stream}&after=${last}&limit=${upTo - last}`);
    events.push(...page.data);
    last = page.next;
  }
  return events;
}

/** Load what was before the entries that are there, of both streams. */
function useOlder({ ticket, state, add, start, isLive }, log) {
  const [from, setFrom] = useState({ public: start.after, staff: start.staffAfter ?? 0 });
  const [loading, setLoading] = useState({ isLoading: true });
  const below = useRef(0);                 // what is below the first entry on screen, in pixels
  const hasMore = from.public > 0 || from.staff > 0;
  const load = async () => {
    setLoading({ isLoading: true });
    try {
      const loaded = await Promise.all(Object.entries(from).map(([stream, before]) =>
        loadEvents(ticket.id, stream, Math.max(0, before - OLDER), before)));
      below.current = log.current.scrollHeight - log.current.scrollTop;
      for (const { payload, ...event } of loaded.flat()) add(payload, event);
      setFrom({ public: Math.max(0, from.public - OLDER), staff: Math.max(0, from.staff - OLDER) });
    } catch (error) {
      setLoading({ error });
    }
  };
  useEffect(() => { log.current.scrollTop = log.current.scrollHeight - below.current; }, [from]);
  const painted = () => setTimeout(setLoading, 0, (old) => (old.isLoading ? {} : old));
  useEffect(() => { if (isLive) requestAnimationFrame(painted); }, [from, isLive]);   // what comes while busy is not read out
  // Of two streams, what is older than the oldest loaded of either may have gaps between.
  const limits = Object.keys(from).map((stream) => from[stream] > 0 && state.since[stream]);
  const horizon = limits.filter(Boolean).sort().at(-1) ?? "";
  return { ...loading, load, hasMore, isShown: ({ at }) => at >= horizon };
}
