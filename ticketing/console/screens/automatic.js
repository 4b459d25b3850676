// What rules and clocks did to a ticket, in words. Only admins are told of it.
import { list, preciseDuration, PRIORITY, STATUS, t, TARGET } from "../words.js";

const DID = {
  assigned_to: ([, id], nameOf) => t("assigned it to {name}", { name: nameOf(id) }),
  priority: ([, priority]) => t("set the priority to {value}", { value: PRIORITY()[priority] }),
  status: ([, status]) => t("set the status to {value}", { value: STATUS()[status] }),
  notified: (ids, nameOf) => t("notified {names}", { names: list(ids.map(nameOf)) }),
  failed: () => t("found nobody available"),
};

const WHY = {
  status: (status) => t("status: {value}", { value: STATUS()[status] }),
  priority: (priority) => t("priority: {value}", { value: PRIORITY()[priority] }),
  category_id: (id, { category }) =>
    t("category: {value}", { value: category.id === id ? category.name : `#${id}` }),
  target: (target) => TARGET()[target],
  waiting_on: (side) => (side === "support" ? t("waiting for support") : t("waiting for the customer")),
  assigned: (isAssigned) => (isAssigned ? t("assigned to somebody") : t("assigned to nobody")),
  words: (found) => t("words: {value}", { value: list(found) || t("deleted") }),
  idle_minutes: (minutes) => t("silent for {time}", { time: preciseDuration(minutes * 60) }),
};

const WORDS = {
  "sla.warning": ({ target }) => t("{target} is nearly overdue", { target: TARGET()[target] }),
  "sla.missed": ({ target }) => t("{target} is overdue", { target: TARGET()[target] }),
  "rule.applied": ({ name: rule, did, why }, nameOf, ticket) => {
    const done = Object.keys(DID).filter((name) => name in did);
    const given = { rule, did: list(done.map((name) => DID[name](did[name], nameOf))) };
    const reasons = why.filter(({ condition }) => condition in WHY)
      .map(({ condition, value }) => WHY[condition](value, ticket));
    return reasons.length ? t("The rule “{rule}” {did} ({why})", { ...given, why: list(reasons) })
      : t("The rule “{rule}” {did}", given);
  },
};

/** The words for an entry of a rule or a clock; `nameOf(id)` is the name of an admin. */
export const automaticWords = ({ name, payload }, nameOf, ticket) =>
  WORDS[name](payload, nameOf, ticket);
