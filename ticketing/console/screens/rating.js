// How the customer found the answer to a resolved or closed ticket.
import { useState } from "preact/hooks";
import { call } from "../api.js";
import { announce, Field, Form, html, Radios } from "../ui.js";
import { t } from "../words.js";

const SCORES = () => [[1, t("Very bad")], [2, t("Bad")], [3, t("Fair")], [4, t("Good")], [5, t("Very good")]];

/** The words for a score. */
export const scoreWords = (score) => SCORES()[score - 1][1];

export function Rating({ ticket, onRated }) {
  const [isOpen, setOpen] = useState(!ticket.rating);
  return html`<div class="rating" tabindex="-1">${isOpen || !ticket.rating
    ? html`<${Rate} ticket=${ticket} onRated=${async () => { await onRated(); setOpen(false); }} />`
    : html`${t("You rated this: {score}.", { score: scoreWords(ticket.rating.score) })}
      ${" "}<button type="button" class="link" onClick=${() => setOpen(true)}>${t("Change")}</button>`}</div>`;
}

function Rate({ ticket, onRated }) {
  const send = async ({ score, comment }) => {
    const body = { score: Number(score), ...(comment && { comment }) };
    await call("PUT", `/tickets/${ticket.id}/rating`, { body });
    await onRated();
    announce(t("Thank you."));
  };
  return html`<${Form} onSend=${send} buttons=${html`<button>${t("Send the rating")}</button>`}>
    ${(errors) => html`<${Radios} class="scores" label=${t("How was our help?")} name="score"
      options=${SCORES()} chosen=${ticket.rating?.score} errors=${errors} />
    <${Field} label=${t("Comment")} name="comment" errors=${errors} maxlength="1000" dir="auto"
      defaultValue=${ticket.rating?.comment ?? ""} />`}
  <//>`;
}
