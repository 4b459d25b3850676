// Where answers and notes are written. Its guard: no answer is sent over another agent's answer
// that its writer has not seen.
import { useEffect, useRef, useState } from "preact/hooks";
import { query } from "../api.js";
import { useDraft } from "../drafts.js";
import { useKeys } from "../keys.js";
import { send, takeBack, takenBack } from "../outbox.js";
import { ofBrowser } from "../storage.js";
import { announce, Check, html, toast } from "../ui.js";
import { useValue } from "../values.js";
import { list, t } from "../words.js";
import { AddFiles, Attached, useAttached, useReceived } from "./attaching.js";
import { useCanned } from "./canned.js";
import { Text } from "./entries.js";
import { isAtEnd, visibleSeq } from "./scrolling.js";

const ENTER_SENDS = "enter-sends";         // stored when somebody chose: "on" or "off"

/** Whether Enter sends, and Shift and Enter is a new line; customers chat, agents write. */
export const entersSend = ({ role }) =>
  (ofBrowser.get(ENTER_SENDS) ?? (role === "customer" ? "on" : "off")) === "on";
export const setEntersSend = (sends) => ofBrowser.set(ENTER_SENDS, sends ? "on" : "off");

export function Composer({ live, user, isOwn, patch }) {
  const { ticket, state: { entries } } = live;
  const isAdmin = user.role === "admin";
  const [kind, setKind] = useState("reply");
  const isNote = kind === "note";
  const drafts = { reply: useDraft(ticket.id, "reply"), note: useDraft(ticket.id, "note") };
  const [text, setText] = drafts[kind];
  const attachments = { reply: useAttached(ticket.id, "reply"), note: useAttached(ticket.id, "note") };
  const attached = attachments[kind];
  const isClosed = ticket.status === "closed" && !isAdmin;
  const isDone = ["resolved", "closed"].includes(ticket.status);
  const isOver = useReceived(isClosed ? null : attached.add);
  const box = useRef();
  const form = useRef();
  const resolves = useRef(false);          // the answer that is tried
  const guard = useGuard(live, user, !isOwn, !drafts.reply[0] && attachments.reply.isEmpty);
  const canned = useCanned(isAdmin && text, box, setText, ticket.id);
  const focus = (which) => { setKind(which); box.current.focus(); };
  const taken = useValue(takenBack);
  useEffect(() => {
    if (taken?.ticketId !== ticket.id) return;
    takenBack.set(null);
    if (kind !== taken.kind && text) toast(t("What was not sent is in its box again."));
    else if (box.current) focus(taken.kind);
  }, [taken]);
  useKeys(isAdmin && { r: [t("Answer"), () => focus("reply")], n: [t("Internal note"), () => focus("note")] });
  if (isClosed) return html`<${Closed} ticket=${ticket} draft=${text} />`;
  const clear = () => { setText(""); attached.setFiles([]); };
  // If it is refused, it is shown in the timeline, and can be edited.
  const addNote = () => {
    clear();
    const since = live.isLive ? live.state.last.staff : ticket.last_staff_seq;
    send({ ticketId: ticket.id, kind, text: text.trim(), files: attached.files, since }).catch(() => {});
  };
  const reply = async () => {
    const ifLastSeq = guard.seq();
    const answered = entries.findLast(({ kind: other, seq, user: author }) =>
      other === "message" && author.id === ticket.user_id && seq <= ifLastSeq);
    clear();
    live.followed.current.typing(false);
    try {
      await send({ ticketId: ticket.id, kind: "reply", text, files: attached.files, ifLastSeq, resolves: resolves.current });
    } catch ({ code, events, refused }) {
      if (code !== "conversation_moved") return;
      for (const { payload, ...event } of events) live.add(payload, event);
      takeBack(refused);
      guard.stop(ifLastSeq);
      return;
    }
    const isMine = [null, user.id].includes(ticket.assigned_to);
    if (answered && isMine) live.followed.current.read(answered.id).catch(() => {});
  };
  const deliver = () => {
    if (isNote) addNote();
    else if (guard.isStopped) guard.stop();
    else reply();
  };
  const uploading = t("This can be sent once its files are uploaded.");
  const whenUploaded = (go) => {
    if (attached.hasFailed) form.current.querySelector(".files .failed").focus();
    else if (attached.isUploading) announce(uploading);
    else go();
  };
  const isEmpty = !text.trim() && attached.isEmpty;
  const submit = (andResolve = false) => {
    resolves.current = andResolve;
    box.current.focus();
    if (!isEmpty) whenUploaded(deliver);
  };
  const press = (event) => {
    // 229: Safari says so of the Enter that ends a composition.
    if (event.isComposing || event.keyCode === 229 || canned.press(event)) return;
    const { key, shiftKey, ctrlKey, metaKey } = event;
    if (key === "Escape") document.querySelector("[role=log]").focus();
    if (key !== "Enter" || shiftKey || !(ctrlKey || metaKey || entersSend(user))) return;
    event.preventDefault();
    submit();
  };
  const type = ({ target: { value } }) => {
    if (!isNote && !text) guard.begin();
    setText(value);
    if (!isNote) live.followed.current.typing(value !== "");
  };
  const { name } = ticket.user;
  return html`<form class="composer ${kind} ${isOver ? "over" : ""}" ref=${form} onSubmit=${(event) => { event.preventDefault(); submit(); }}>
    ${ticket.status === "resolved" && isOwn && html`<p>${t("We think this is solved. Write to reopen it.")}</p>`}
    ${isAdmin && !isOwn && !ticket.assigned_to && html`<p><button type="button" class="link"
      onClick=${() => patch({ assigned_to: user.id })}>${t("Take this ticket")}</button></p>`}
    ${!isNote && guard.said && html`<div class="collision"><p>${guard.said}</p>
      <button type="button" onClick=${guard.show}>${t("Read it")}</button>
      <button type="button" onClick=${() => { guard.accept(); box.current.focus(); }}>${t("I have read it")}</button>
      ${guard.wasTried && !isEmpty && html`<button type="button" onClick=${() => { guard.accept(); box.current.focus(); whenUploaded(reply); }}>
        ${t("Send anyway")}</button>`}
    </div>`}
    ${isAdmin && html`<div class="kinds" role="radiogroup" aria-label=${t("What to write")}>
      ${[["reply", t("Reply to {name}", { name })], ["note", t("Internal note")]].map(([value, words]) => html`
        <${Check} key=${value} type="radio" name="kind" value=${value} label=${words}
          checked=${kind === value} onChange=${() => setKind(value)} />`)}
    </div>`}
    <textarea ref=${box} name="text" rows="2" dir="auto" value=${text} onInput=${type} onKeyDown=${press}
      maxlength=${isNote ? 10000 : 5000} aria-label=${isNote ? t("Internal note") : t("Message")} ...${canned.attributes} />
    ${canned.list}
    <${Attached} attached=${attached} onRemove=${() => box.current.focus()} />
    <p role="status">${isOver ? t("Drop the files to add them.") : attached.isUploading && uploading}</p>
    <div class="buttons">
      <button class="primary">${isNote ? t("Add internal note")
        : isOwn ? t("Send") : t("Send to {name}", { name })}</button>
      ${isAdmin && !isNote && !isOwn && !isDone && html`<button type="button"
        onClick=${() => submit(true)}>${t("Send and resolve")}</button>`}
      <${AddFiles} attached=${attached} />
      ${isOwn && html`<span class="typing quiet" aria-hidden="true">${live.typists.length > 0 &&
        t("{name} is typing…", { name: live.typists[0] })}</span>`}
    </div>
  </form>`;
}

function Closed({ ticket, draft }) {
  const { id, subject, category_id } = ticket;
  return html`<div class="closed"><p>${t("This ticket is closed.")}
      ${" "}<a href="/console/new${query({ about: id, subject, category_id })}">${t("Open a new one about it")}</a></p>
    ${draft && html`<p>${t("What you had written:")}</p><${Text}>${draft}<//>`}</div>`;
}

/**
 * The public seq that the writer of an answer has seen. It moves on with what the customer writes
 * while the end is in view; what another agent writes stops the answer until it is read.
 */
function useGuard({ ticket, state, isLive }, user, isOn, isEmpty) {
  const seen = useRef(null);               // null: nothing is being answered
  const [wasTried, setTried] = useState(false);
  const [, render] = useState(0);
  const isMissed = ({ kind, seq, user: author }) => ["message", "comment"].includes(kind) &&
    seq > seen.current && author.id !== user.id;
  const missed = isOn && seen.current !== null ? state.entries.filter(isMissed) : [];
  const others = missed.filter(({ user: { id } }) => id !== ticket.user_id);
  const isStopped = others.length > 0 || (wasTried && missed.length > 0);
  const accept = () => {
    seen.current = state.last.public;
    setTried(false);
    render(state.last.public);             // once more, without what is accepted
  };
  const follow = () => { if (missed.length && !isStopped && isAtEnd()) accept(); };
  // At once: later it would undo what is said of an answer that is refused meanwhile.
  useEffect(() => {
    if (isEmpty) seen.current = null;
    else if (isLive) seen.current ??= visibleSeq(state);  // a draft that was there already
    follow();
  }, [isEmpty, isLive, state.last.public]);
  const names = list([...new Set((others.length ? others : missed).map(({ user: { name } }) => name))]);
  const said = isStopped && (others.length ? t("{names} answered while you were writing.", { names })
    : t("{names} wrote while you were writing.", { names }));
  useEffect(() => { if (said) announce(said); }, [said, wasTried]);
  return {
    said, accept, isStopped, wasTried,
    begin: () => { if (isLive) seen.current ??= visibleSeq(state); },
    seq() {
      follow();                            // the reader may have scrolled to the end since
      // Before the entries are there, it counts what there was when the ticket was opened.
      return isOn ? seen.current ?? (isLive ? visibleSeq(state) : ticket.last_seq) : undefined;
    },
    /** An answer was not sent; `seq` is what its writer had seen, unless that is known. */
    stop(seq = seen.current) { seen.current = seq; setTried(true); },
    show() {
      const entry = document.querySelector(`#e${missed[0].seq}`);
      entry.scrollIntoView();
      entry.focus();
    },
  };
}
