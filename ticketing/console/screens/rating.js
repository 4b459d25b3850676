// How the customer found the answer to a resolved or closed ticket.
import { useState } from "preact/hooks";
import { call } from "../api.js";
import { announce, Field, Form, html } from "../ui.js";
import { t } from "../words.js";

const SCORES = () => [[1, t("Very bad")], [2, t("Bad")], [3, t("Fair")], [4, t("Good")], [5, t("Very good")]];

/** The words for a score. */
export const scoreWords = (score) => SCORES()[score - 1][1];

export function Rating({ ticket, onRated }) {
  const [isOpen, setOpen] = useState(!ticket.rating);
  if (!isOpen) {
    return html`<p class="rating">${t("You rated this: {score}.", { score: scoreWords(ticket.rating.score) })}
      ${" "}<button type="button" class="link" onClick=${() => setOpen(true)}>${t("Change")}</button></p>`;
  }
  const send = async ({ score, comment }) => {
    const body = { score: Number(score), ...(comment && { comment }) };
    await call("PUT", `/tickets/${ticket.id}/rating`, { body });
    await onRated();
    setOpen(false);
    announce(t("Thank you."));
  };
  return html`<${Form} class="rating" onSend=${send} buttons=${html`<button>${t("Send the rating")}</button>`}>
    ${(errors) => html`<fieldset>
      <legend>${t("How was our help?")}</legend>
      ${SCORES().map(([score, words]) => html`<label class="check" key=${score}>
        <input type="radio" name="score" value=${score} checked=${ticket.rating?.score === score} />${words}
      </label>`)}
    </fieldset>
    ${errors.score && html`<p class="error">${errors.score.join(" ")}</p>`}
    <${Field} label=${t("Comment")} name="comment" errors=${errors} maxlength="1000"
      value=${ticket.rating?.comment ?? ""} />`}
  <//>`;
}
