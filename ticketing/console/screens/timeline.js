// A ticket's entries in the order in which they happened, and what is on its way.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { call } from "../api.js";
import { fold, shown } from "../conversation.js";
import { useKeys } from "../keys.js";
import { useOutbox } from "../outbox.js";
import { announce, Failed, html, size, Time } from "../ui.js";
import { date, dateTime, day, t, time, tn } from "../words.js";
import { Change, nameOf } from "./changes.js";
import { Comment, Text, Waiting } from "./entries.js";
import { download } from "./downloads.js";

const OLDER = 50;                          // entries that are loaded at once
const NEAR_END_PX = 80;
const READ_AFTER_MS = 1000;

export function Timeline({ live, user, isOwn }) {
  const { state, typists } = live;
  const { ticket } = state;
  const log = useRef();
  const entries = useMemo(() => shown(state), [state]);
  const waiting = useOutbox(ticket.id, useMemo(
    () => new Set(entries.map(({ clientId }) => clientId)), [entries]));
  const mySide = isOwn ? "customer" : "support";
  const isTheirs = ({ kind, user: author }) =>
    kind === "message" && (author.id === ticket.user_id) !== isOwn;
  const [firstUnread, setFirstUnread] = useState(null);
  useEffect(() => {                        // as it was when the ticket was opened
    const theirs = entries.filter(isTheirs);
    const { unread_count: count } = ticket;
    if (live.isLive && count) setFirstUnread(theirs.at(-count)?.key ?? null);
  }, [live.isLive]);
  const { hidden, goToEnd } = useEnd(log, entries, waiting.length);
  const markRead = useReading(log, live, entries.filter(isTheirs), mySide, user);
  const older = useOlder(live, log);
  useKeys(!isOwn && { m: [t("Mark read"), markRead] });
  const lastOwn = entries.findLast((entry) => entry.kind === "message" && !isTheirs(entry));
  const theirRead = state.read[isOwn ? "support" : "customer"];
  return html`<div class="log" role="log" tabindex="0" aria-label=${t("Conversation")} ref=${log}
      aria-busy=${older.isLoading ? "true" : undefined}>
    <div class="entry opening">
      <p class="quiet"><b>${ticket.user.name}</b> <${Time} at=${ticket.created_at} show=${dateTime} /></p>
      <${Text}>${ticket.description}<//>
      ${ticket.attachment && html`<p><button type="button" onClick=${() => download(ticket.attachment)}>
        ${ticket.attachment.name}, ${size(ticket.attachment.size)}</button></p>`}
    </div>
    ${older.error && html`<${Failed} error=${older.error} />`}
    ${older.hasMore && html`<button type="button" onClick=${older.load}>${t("Show earlier entries")}</button>`}
    <ol>${entries.filter(older.isShown).map((entry, index, all) => html`
      ${day(entry.at) !== (index && day(all[index - 1].at)) && html`
        <li class="day" key=${`d${entry.key}`}>${date(entry.at)}</li>`}
      ${entry.key === firstUnread && html`<li class="day new" key="new">${t("New")}</li>`}
      <li key=${entry.key} id=${`${entry.internal ? "n" : "e"}${entry.seq}`}
        class="entry ${entry.kind} ${entry.user?.id === user.id ? "own" : ""}"
        data-message=${isTheirs(entry) ? entry.id : undefined}>
        ${entry.kind === "change" ? html`<${Change} entry=${entry} state=${state} user=${user} />`
          : html`<${Comment} entry=${entry} user=${user} ticket=${ticket}
              name=${nameOf(state, entry.user.id, user)} />`}
        ${entry === lastOwn && theirRead.upTo >= entry.id && html`
          <p class="hint">${theirRead.at ? t("Read {time}", { time: time(theirRead.at) }) : t("Read")}</p>`}
      </li>`)}
      ${waiting.map((message) => html`<${Waiting} key=${message.clientId} message=${message} />`)}
    </ol>
    ${hidden > 0 && html`<button type="button" class="primary to-end" onClick=${goToEnd}>
      ${tn("{count} new", "{count} new", { count: hidden })}</button>`}
    ${isOwn && typists.length > 0 && html`<p class="quiet" aria-hidden="true">
      ${t("{name} is typing…", { name: typists[0] })}</p>`}
  </div>`;
}

/** Keep the end in view while it is; else count what came below. */
function useEnd(log, entries, waiting) {
  const isAtEnd = useRef(true);
  const seen = useRef();                   // the last entry when the end was in view
  const last = entries.at(-1)?.key;
  const [hidden, setHidden] = useState(0);
  const goToEnd = () => { log.current.scrollTop = log.current.scrollHeight; };
  useLayoutEffect(() => {
    if (isAtEnd.current) {
      goToEnd();
      seen.current = last;
    }
    const at = entries.findIndex(({ key }) => key === seen.current);
    setHidden(at < 0 ? 0 : entries.length - 1 - at);
  }, [last, entries.length, waiting]);
  useEffect(() => {
    const { current } = log;
    const scrolled = () => {
      const below = current.scrollHeight - current.scrollTop - current.clientHeight;
      isAtEnd.current = below < NEAR_END_PX;
      if (isAtEnd.current) setHidden(0);
    };
    current.addEventListener("scroll", scrolled);
    return () => current.removeEventListener("scroll", scrolled);
  }, []);
  return { hidden, goToEnd };
}

/**
 * Mark as read what was on screen for a second, in a window that has the focus: for a customer,
 * and for the admin whose ticket it is. Returns what marks everything read by hand.
 */
function useReading(log, { followed, state }, theirs, mySide, user) {
  const read = (upTo) => followed.current?.read(upTo).catch(() => {});
  const reads = mySide === "customer" || state.ticket.assigned_to === user.id;
  const done = state.read[mySide].upTo;
  useEffect(() => {
    let before;
    const look = () => {
      if (!reads || !document.hasFocus() || document.hidden) return;
      const { bottom } = log.current.getBoundingClientRect();
      const isAbove = (element) => element.getBoundingClientRect().top < bottom;
      const last = [...log.current.querySelectorAll("[data-message]")].findLast(isAbove);
      const id = Number(last?.dataset.message ?? 0);
      if (id > done && id === before) read(id);
      before = id;
    };
    const looking = setInterval(look, READ_AFTER_MS);
    return () => clearInterval(looking);
  }, [reads, done]);
  return () => {
    if (theirs.length) read(theirs.at(-1).id);
    announce(t("Marked as read."));
  };
}

/** Load what was before the entries that are there, of both streams. */
function useOlder({ state, setState, start }, log) {
  const [from, setFrom] = useState({ public: start.after, staff: start.staffAfter ?? 0 });
  const [loading, setLoading] = useState({});
  const load = async () => {
    setLoading({ isLoading: true });
    try {
      const loaded = await Promise.all(Object.keys(from).map(async (stream) => {
        const after = Math.max(0, from[stream] - OLDER);
        const limit = from[stream] - after;
        if (!limit) return [];
        const path = `/tickets/${state.ticket.id}/events?stream=${stream}`;
        return (await call("GET", `${path}&after=${after}&limit=${limit}`)).data;
      }));
      const below = log.current.scrollHeight - log.current.scrollTop;
      setState((old) => loaded.flat().reduce((now, { payload, ...event }) =>
        fold(now, payload, event), old));
      setFrom({ public: Math.max(0, from.public - OLDER), staff: Math.max(0, from.staff - OLDER) });
      requestAnimationFrame(() => { log.current.scrollTop = log.current.scrollHeight - below; });
      setLoading({});
    } catch (error) {
      setLoading({ error });
    }
  };
  // Of two streams, what is older than the oldest loaded of either may have gaps between.
  const oldest = (isInternal) => state.entries.find(({ internal }) => internal === isInternal)?.at;
  const limits = [from.public > 0 && oldest(false), from.staff > 0 && oldest(true)];
  const horizon = limits.filter(Boolean).sort().at(-1) ?? "";
  return {
    ...loading, load, hasMore: from.public > 0 || from.staff > 0,
    isShown: ({ at }) => at >= horizon,
  };
}
