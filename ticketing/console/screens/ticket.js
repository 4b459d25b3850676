// One ticket, for both roles: what surrounds its timeline, and how it is changed.
import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../api.js";
import { draftOf } from "../drafts.js";
import { useKeys } from "../keys.js";
import { useLoaded } from "../loading.js";
import { announce, Failed, Heading, html, Loaded, Time } from "../ui.js";
import { list, parts, t } from "../words.js";
import { changeWords, nameOf } from "./changes.js";
import { Text } from "./entries.js";
import { statusWords } from "./my_tickets.js";
import { Composer } from "./composer.js";
import { useAdmins } from "./filters.js";
import { MISSING, useTicket } from "./following.js";
import { Due } from "./levels.js";
import { Panel } from "./panel.js";
import { Rating } from "./rating.js";
import { Timeline } from "./timeline.js";

const TYPING_WORDS_MS = 10_000;            // between two announcements of who types

export function TicketScreen({ id, ...rest }) {
  const loaded = useLoaded(`/tickets/${id}`);
  return html`<${Loaded} from=${loaded} key=${id}
      missing=${MISSING()}>
    ${(ticket) => html`<${Ticket} key=${id} loaded=${ticket} reload=${loaded.reload} ...${rest} />`}
  <//>`;
}

/**
 * Ways to change a ticket that was loaded: `save(changes)` rejects when it is refused,
 * `patch(changes)` shows that as `refused`, and returns whether it was not. `etag.current` is that
 * of the ticket as it is shown; `save(changes, etag)` is refused if it has changed since then.
 */
function useChanging(loaded, reload) {
  const etag = useRef();
  const last = useRef(Promise.resolve());
  const [refused, setRefused] = useState(null);
  useEffect(() => { etag.current = loaded.headers.get("ETag"); }, [loaded]);
  const change = async (body, seen = etag.current) => {
    const headers = { "If-Match": seen };
    try {
      const changed = await call("PATCH", `/tickets/${loaded.id}`, { body, headers });
      etag.current = changed.headers.get("ETag");
    } finally {
      await reload();
    }
  };
  // One after another: each needs the ETag that the one before was answered with.
  const save = (changes, seen) => {
    const saved = last.current.then(() => change(changes, seen));
    last.current = saved.catch(() => {});
    return saved;
  };
  const patch = async (changes) => {
    setRefused(null);
    const since = loaded.last_seq;
    const error = await save(changes).then(() => null, (found) => found);
    if (error) setRefused({ changes, error, since });
    return !error;
  };
  return { save, patch, refused, etag };
}

function Ticket({ loaded: ticket, reload, user, onResolved, leave }) {
  const admins = useAdmins(user.role === "admin");
  const live = { ...useTicket(ticket, reload, user), people: admins.data?.data ?? [] };
  const { save, patch, refused, etag } = useChanging(ticket, reload);
  const isAdmin = user.role === "admin";
  const isOwn = ticket.user_id === user.id;
  const isDone = ["resolved", "closed"].includes(ticket.status);
  const resolve = async () => {
    if (isDone || !await patch({ status: "resolved" })) return;
    announce(t("Solved"));
    onResolved?.();
  };
  useTypingWords(live.typists);
  useKeys(isAdmin && {
    a: [t("Assign to me"), () => patch({ assigned_to: user.id })],
    e: [t("Resolve, and open the next one"), resolve],
    ...(leave && { u: [t("Back to the list"), leave], Escape: [t("Back to the list"), leave] }),
  });
  return html`<article class="ticket">
    <div class="ticket-head">
      <div>
        <${Heading} title=${`#${ticket.id} ${ticket.subject}`}><span dir="auto">${ticket.subject}</span><//>
        <p class="quiet">#${ticket.id} · ${ticket.category.name} · ${isAdmin
          ? parts("opened by {name} {when}", { name: ticket.user.name, when: html`<${Time} at=${ticket.created_at} />` })
          : statusWords(ticket)}${!isAdmin && ticket.assignee && ` · ${ticket.assignee.name}`}
          <${Due} sla=${ticket.sla} /></p>
        ${isAdmin && html`<p class="presence" role="status">${presenceWords(live.users)}</p>`}
      </div>
      ${isOwn && !isDone && !live.ended && html`<button type="button" onClick=${resolve}>${t("It is solved")}</button>`}
    </div>
    ${refused && html`<${Refused} ...${refused} live=${live} user=${user}
      onAgain=${() => patch(refused.changes)} />`}
    ${isAdmin && !live.ended && html`<${Panel} ticket=${ticket} user=${user} admins=${live.people} save=${save} patch=${patch}
      etag=${etag} reload=${reload} leave=${leave} />`}
    <${Timeline} live=${live} user=${user} isOwn=${isOwn} />
    ${isOwn && isDone && !live.ended && html`<${Rating} ticket=${ticket} onRated=${reload} />`}
    ${live.ended ? html`<${Ended} error=${live.ended} id=${ticket.id} />`
      : html`<${Composer} live=${live} user=${user} isOwn=${isOwn} patch=${patch} />`}
  </article>`;
}

/** Why a change was refused; who was faster with what, where that is known. */
function Refused({ error, since, live, user, onAgain }) {
  if (error.status !== 412) return html`<${Failed} error=${error} />`;
  const others = live.state.entries.filter(({ kind, seq }) => kind === "change" && seq > since);
  const what = changeWords(others.flatMap((entry) => Object.keys(entry.changes)), live.ticket);
  const names = list([...new Set(others.map(({ actorId }) => nameOf(live, actorId, user)))]);
  return html`<div class="failed" role="alert">
    <p>${what ? t("Changed meanwhile by {names}; now {what}.", { names, what })
      : t("Somebody changed this ticket meanwhile.")}
      ${" "}${t("Yours was not applied.")}</p>
    <button type="button" onClick=${onAgain}>${t("Apply mine")}</button>
  </div>`;
}

/** What takes the place of the composer in a ticket that is gone; what was written stays. */
function Ended({ error, id }) {
  const drafts = ["reply", "note"].map((kind) => draftOf(id, kind)).filter(Boolean);
  return html`<div><${Failed} error=${error} />
    ${drafts.map((draft) => html`<p key=${draft}>${t("What you had written:")}</p><${Text}>${draft}<//>`)}</div>`;
}

function presenceWords(users) {
  const words = users.map(({ name, role, typing }) => {
    if (!typing) return t("{name} is reading", { name });
    return role === "admin" ? t("{name} is writing an answer", { name }) : t("{name} is typing…", { name });
  });
  return list(words);
}

function useTypingWords(typists) {
  const quietUntil = useRef(0);
  useEffect(() => {
    if (!typists.length || Date.now() < quietUntil.current) return;
    quietUntil.current = Date.now() + TYPING_WORDS_MS;
    announce(t("{name} is typing…", { name: typists[0] }));
  }, [typists.length]);
}
