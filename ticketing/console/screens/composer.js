// Where answers and notes are written. Its guard: no answer is sent over another agent's answer
// that its writer has not seen.
import { useEffect, useRef, useState } from "preact/hooks";
import { call, newId } from "../api.js";
import { useDraft } from "../drafts.js";
import { useKeys } from "../keys.js";
import { send, takeBack, takenBack } from "../outbox.js";
import { announce, Failed, html } from "../ui.js";
import { useValue } from "../values.js";
import { list, t } from "../words.js";
import { useCanned } from "./canned.js";

const ENTER_SENDS = "enter-sends";         // stored when somebody chose: "on" or "off"
const NEAR_END_PX = 80;

/** Whether Enter sends, and Shift and Enter is a new line; customers chat, agents write. */
export const entersSend = ({ role }) =>
  (localStorage.getItem(ENTER_SENDS) ?? (role === "customer" ? "on" : "off")) === "on";
export const setEntersSend = (sends) => localStorage.setItem(ENTER_SENDS, sends ? "on" : "off");

export function Composer({ live, user, isOwn, patch }) {
  const { ticket } = live.state;
  const isAdmin = user.role === "admin";
  const [kind, setKind] = useState("reply");
  const [text, setText] = useDraft(ticket.id, kind);
  const [error, setError] = useState(null);
  const box = useRef();
  const noteKey = useRef(newId());
  const guard = useGuard(live, user, kind === "reply" && !isOwn, text);
  const canned = useCanned(isAdmin && text, box, setText, ticket.id);
  const taken = useValue(takenBack);
  useEffect(() => {
    if (taken?.ticketId !== ticket.id) return;
    takenBack.set(null);
    setKind("reply");
    setText(taken.text);
  }, [taken]);
  const focus = (which) => { setKind(which); box.current.focus(); };
  useKeys(isAdmin && { r: [t("Answer"), () => focus("reply")], n: [t("Internal note"), () => focus("note")] });
  if (ticket.status === "closed" && !isAdmin) {
    const prefilled = new URLSearchParams({ category_id: ticket.category_id, about: ticket.id });
    return html`<p class="closed">${t("This ticket is closed.")}
      ${" "}<a href="/console/new?${prefilled}">${t("Open a new one about it")}</a></p>`;
  }
  const addNote = async () => {
    const headers = { "Idempotency-Key": noteKey.current };
    const body = { content: text, internal: true };
    await call("POST", `/tickets/${ticket.id}/comments`, { body, headers });
    noteKey.current = newId();
    setText("");
  };
  const sendReply = () => {
    const ifLastSeq = guard.seq();
    setText("");
    live.followed.current.typing(false);
    send(ticket.id, text, ifLastSeq).catch(({ code, refused }) => {
      if (code !== "conversation_moved") return;       // it is shown, and can be edited
      takeBack(refused);
      guard.stop(ifLastSeq);
    });
  };
  const submit = async ({ resolves = false } = {}) => {
    if (!text.trim() || guard.isStopped) return box.current.focus();
    setError(null);
    try {
      await (kind === "note" ? addNote() : sendReply());
      if (resolves) await patch({ status: "resolved" });
    } catch (refused) {
      setError(refused);
    }
    box.current?.focus();
  };
  const press = (event) => {
    if (event.isComposing || canned.press(event)) return;
    const { key, shiftKey, ctrlKey, metaKey } = event;
    if (key === "Escape") document.querySelector("[role=log]").focus();
    if (key !== "Enter" || shiftKey || !(ctrlKey || metaKey || entersSend(user))) return;
    event.preventDefault();
    submit();
  };
  const type = ({ target: { value } }) => {
    if (!text) guard.begin();
    setText(value);
    if (kind === "reply") live.followed.current.typing(value !== "");
  };
  const isNote = kind === "note";
  const { name } = ticket.user;
  return html`<form class="composer ${kind}" onSubmit=${(event) => { event.preventDefault(); submit(); }}>
    ${ticket.status === "resolved" && isOwn && html`<p>${t("We think this is solved. Write to reopen it.")}</p>`}
    ${isAdmin && !isOwn && !ticket.assigned_to && html`<p><button type="button" class="link"
      onClick=${() => patch({ assigned_to: user.id })}>${t("Take this ticket")}</button></p>`}
    ${guard.said && html`<div class="collision"><p>${guard.said}</p>
      <button type="button" onClick=${guard.show}>${t("Read it")}</button>
      <button type="button" onClick=${guard.accept}>${t("I have read it")}</button>
      <button type="button" onClick=${() => { guard.accept(); sendReply(); }}>${t("Send anyway")}</button>
    </div>`}
    ${error && html`<${Failed} error=${error} />`}
    ${isAdmin && html`<div class="kinds" role="radiogroup" aria-label=${t("What to write")}>
      ${[["reply", t("Reply to {name}", { name })], ["note", t("Internal note")]].map(([value, words]) => html`
        <label class="check" key=${value}><input type="radio" name="kind" value=${value}
          checked=${kind === value} onChange=${() => setKind(value)} />${words}</label>`)}
    </div>`}
    <textarea ref=${box} name="text" rows="3" dir="auto" value=${text} onInput=${type} onKeyDown=${press}
      maxlength=${isNote ? 10000 : 5000} aria-label=${isNote ? t("Internal note") : t("Message")} ...${canned.attributes} />
    ${canned.list}
    <div class="buttons">
      <button class="primary">${isNote ? t("Add internal note")
        : isOwn ? t("Send") : t("Send to {name}", { name })}</button>
      ${isAdmin && !isNote && ticket.status !== "resolved" && html`<button type="button"
        onClick=${() => submit({ resolves: true })}>${t("Send and resolve")}</button>`}
    </div>
  </form>`;
}

/**
 * The public seq that the writer of an answer has seen. It moves on with what the customer writes
 * while the end is in view; what another agent writes stops the answer until it is read.
 */
function useGuard({ state }, user, isOn, text) {
  const seen = useRef(null);               // null: nothing is being answered
  const [isStopped, setStopped] = useState(false);
  const isAnswer = ({ kind, seq, user: author }) => ["message", "comment"].includes(kind) &&
    seq > seen.current && author.id !== user.id;
  const missed = isOn && seen.current !== null ? state.entries.filter(isAnswer) : [];
  const others = missed.filter(({ user: { id } }) => id !== state.ticket.user_id);
  const [, setAccepted] = useState(0);
  const accept = () => {
    seen.current = state.seq;
    setStopped(false);
    setAccepted(state.seq);                // rendered again, without what is accepted
  };
  useEffect(() => {
    if (!text) seen.current = null;
    const log = document.querySelector("[role=log]");
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
    if (missed.length && !others.length && isAtEnd) accept();
  }, [text === "", state.seq]);
  const names = list([...new Set((others.length ? others : missed).map(({ user: { name } }) => name))]);
  const stops = others.length > 0 || (isStopped && missed.length > 0);
  const said = stops && t("{names} answered while you were writing.", { names });
  useEffect(() => { if (said) announce(said); }, [said]);
  return {
    said, accept, isStopped: stops,
    begin: () => { seen.current ??= state.seq; },
    seq: () => (isOn ? seen.current ?? state.seq : undefined),
    stop: (seq) => { seen.current = seq; setStopped(true); },
    show: () => document.querySelector(`#e${missed[0].seq}`)?.scrollIntoView(),
  };
}
