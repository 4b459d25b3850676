// Texts in the reader's language; numbers, dates and lists as its readers write them.
let catalog = {};
let locale = "en";
let timeZone;                              // undefined: the browser's

const FORMS = {                            // of a catalog, by how many it has
  2: ["one", "other"], 6: ["zero", "one", "two", "few", "many", "other"],
};

/** Choose among languages: the one stored with the account, or the browser's. */
export function preferred(languages, chosen) {
  const wanted = [chosen, ...navigator.languages];
  return wanted.map((name) => name?.split("-")[0]).find((name) => languages.includes(name)) ?? "en";
}

/** Use a language on the whole page; `catalogUrl` is that of its texts. */
export async function setLanguage(language, catalogUrl, zone) {
  catalog = language === "en" ? {} : await load(catalogUrl);
  locale = language;
  timeZone = isKnown(zone) ? zone : undefined;
  document.documentElement.lang = language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
}

/** Whether a time zone is one of this browser's, which may be older than the service's. */
function isKnown(zone) {
  try {
    return Boolean(zone && new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}

async function load(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(response.statusText);
  return response.json();
}

const fill = (text, values) =>
  text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? shown(values[name]) : whole));
const shown = (given) => (typeof given === "number" ? number(given) : given);

/** Translate a text; `{name}` in it stands for a value, a number as the language writes it. */
export const t = (text, values = {}) => fill(catalog[text] ?? text, values);

/** Translate a text that depends on `values.count`. */
export function tn(one, other, values) {
  const category = intl("PluralRules").select(values.count);
  const forms = catalog[one] ?? [one, other];
  const index = FORMS[forms.length].indexOf(category);
  return fill(forms[index < 0 ? forms.length - 1 : index], values);
}

/** Translate a text of which parts are elements: an array to render. */
export function parts(text, values) {
  const pieces = (catalog[text] ?? text).split(/\{(\w+)\}/);
  return pieces.map((piece, index) => (index % 2 ? values[piece] : piece));
}

const formatters = new Map();

/** A formatter of `Intl`, which takes long to make: one for each language and its options. */
function intl(kind, options = {}, language = locale) {
  const key = JSON.stringify([kind, language, options]);
  if (!formatters.has(key)) formatters.set(key, new Intl[kind](language, options));
  return formatters.get(key);
}

export const number = (given) => intl("NumberFormat").format(given);
/** A share in percent; 100 only if it is the whole. */
export const percent = (part, whole) =>
  intl("NumberFormat", { style: "percent" }).format(Math.floor(part * 100 / whole) / 100);
export const list = (items) => intl("ListFormat").format(items);
const inUnit = (given, unit, options) =>
  intl("NumberFormat", { style: "unit", unit, ...options }).format(given);
/** A count of which all above 999 are the same to a reader. */
export const atMost999 = (count) => (count > 999 ? `${number(999)}+` : number(count));

const format = (options) => (when) =>
  intl("DateTimeFormat", { timeZone, ...options }).format(new Date(when));
export const date = format({ dateStyle: "long" });
export const time = format({ timeStyle: "short" });
const WHOLE = { dateStyle: "medium", timeStyle: "short" };
export const dateTime = format(WHOLE);
export const dateTimeRange = (from, to) =>
  intl("DateTimeFormat", { timeZone, ...WHOLE }).formatRange(new Date(from), new Date(to));
/** A date without a time, such as "2026-12-24". */
export const calendarDate = format({ dateStyle: "medium", timeZone: "UTC" });
/** The date as YYYY-MM-DD where the reader is. */
export function day(when) {
  const options = { timeZone, year: "numeric", month: "2-digit", day: "2-digit" };
  const found = intl("DateTimeFormat", options, "en").formatToParts(new Date(when));
  const of = Object.fromEntries(found.map(({ type, value }) => [type, value]));
  return `${of.year}-${of.month}-${of.day}`;
}

/** A size in bytes, such as "1.2 MB". */
export const size = (bytes) => (bytes < 1e6
  ? inUnit(Math.max(0.1, bytes / 1e3), "kilobyte", { maximumFractionDigits: 1 })
  : inUnit(bytes / 1e6, "megabyte", { maximumFractionDigits: 1 }));

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const LONG_UNITS = [["year", 365 * 86400], ["month", 30 * 86400]];

/** A duration in its largest unit, such as "3 hours". */
function duration(seconds, unitDisplay = "long") {
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? UNITS.at(-1);
  return inUnit(Math.floor(seconds / size), unit, { unitDisplay });
}

/** A duration of a minute at least, such as "14 min". */
export const shortDuration = (seconds) => duration(Math.max(60, seconds), "short");

/** A duration in two units from an hour on, such as "3 hours and 20 minutes". */
export function preciseDuration(seconds) {
  const at = UNITS.findIndex(([, size]) => seconds >= size);
  if (at < 0 || at > 1) return duration(seconds);
  const rest = seconds % UNITS[at][1];
  return rest < UNITS[at + 1][1] ? duration(seconds) : list([duration(seconds), duration(rest)]);
}

/** How long ago a time is, such as "5 minutes ago". */
export function ago(when) {
  const seconds = (Date.now() - new Date(when)) / 1000;
  const [unit, size] = [...LONG_UNITS, ...UNITS].find(([, size]) => seconds >= size) ?? UNITS.at(-1);
  // Not "yesterday": it may have been the day before that.
  const relative = intl("RelativeTimeFormat");
  return seconds < 60 ? t("just now") : relative.format(-Math.floor(seconds / size), unit);
}

/** The words for what the API calls by a name. */
export const STATUS = () => ({
  open: t("Open"), in_progress: t("In progress"), resolved: t("Solved"), closed: t("Closed"),
});
export const PRIORITY = () => ({
  low: t("Low"), medium: t("Medium"), high: t("High"), urgent: t("Urgent"),
});
export const TARGET = () => ({
  first_response: t("First response"), next_response: t("Next response"),
  resolution: t("Resolution"),
});
export const ROLE = () => ({ customer: t("Customer"), admin: t("Admin") });
/** A person's name, with a sign while they are away. */
export const personName = ({ name, available }) =>
  (available === false ? t("{name} (away)", { name }) : name);
const VIEWS = () => ({
  needs_answer: t("Needs answer"), mine: t("Mine"), unassigned: t("Unassigned"),
  waiting_for_customer: t("Waiting for customer"), overdue: t("Overdue"),
  resolved: t("Solved"), all: t("All"),
});

/** The name of a view; those that are built in have it in the reader's language. */
export const viewName = ({ key, name }) => VIEWS()[key] ?? name;
