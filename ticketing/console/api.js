// Calls of the API, and how the session that they are made with is kept.
import { begin, isDue, latest, session, store } from "./session.js";
import { ofBrowser, ofTab } from "./storage.js";
import { t } from "./words.js";
import { value } from "./values.js";

export { begin, session, setUser } from "./session.js";

const REFRESH_AGAIN_MS = 60_000;           // after one that failed
const REFRESH_WAIT_MS = 10_000;            // for a tab that may be frozen, and for an answer
const MAX_TIMEOUT_MS = 2 ** 31 - 1;        // what is above means: at once
const RETRY_MS = 1000;
const RETRIED = [502, 503, 504];           // what a proxy answers while processes are restarted

/** How often the service was connected to: what could not be loaded is tried again then. */
export const connects = value(0);
/** What `GET /api/config` says of this deployment. */
export const config = value(null);

/** Sign out; with `all`, of every session of the user, or throw why that was not done. */
export async function signOut({ all = false } = {}) {
  const revoked = call("POST", "/logout", { body: all ? { all } : undefined });
  if (all) {
    await revoked.catch((error) => {
      if (error.code !== "unauthenticated") throw error;  // that one has ended
    });
  }
  const ended = session.get();
  store(null);
  if (ended?.isShared) forgetTexts(ended.user);
  await revoked.catch(() => {});
}

/** Sign out in all tabs a user who has deleted their account; nothing of theirs stays here. */
export function forget(user) {
  for (const storage of [ofTab, ofBrowser]) forgetTexts(user, storage);
  store(null);
}

/** On a shared computer nothing stays of what somebody wrote. */
function forgetTexts({ id }, storage = ofTab) {
  const isTheirs = (key) => key.startsWith(`draft:${id}:`) || key.startsWith(`outbox:${id}:`);
  for (const key of storage.keys().filter(isTheirs)) storage.remove(key);
}

export class ApiError extends Error {
  constructor(status, { message, code, errors = {}, events } = {}, headers = new Headers()) {
    super(message ?? t("The service cannot be reached."));
    Object.assign(this, { status, code: code ?? "offline", errors, events });
    this.requestId = headers.get("X-Request-ID");
    this.retryAfter = Number(headers.get("Retry-After")) || 0;  // seconds
  }
}

/**
 * Call the API; return the answer's JSON, its headers as `answer.headers` where it is an object.
 * `body` is sent as JSON, or as it is if it is a FormData; of that, `onProgress`, which needs a
 * `signal`, is told the share that is sent.
 */
export async function call(method, path, { body, headers = {}, signal, as, onProgress, isRetry } = {}) {
  if (isDue(session.get()) && path !== "/logout") await refresh();
  const { token } = session.get() ?? {};
  const isForm = body instanceof FormData;
  const response = await (onProgress ? upload : fetch)(`/api${path}`, {
    method, signal, onProgress, body: isForm || !body ? body : JSON.stringify(body),
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body && !isForm && { "Content-Type": "application/json" }),
      "Accept-Language": document.documentElement.lang, ...headers,
    },
  }).catch((error) => {
    throw error.name === "AbortError" ? error : new ApiError(0);
  });
  if (response.ok) return read(response, as);
  const answer = await response.json().catch(() => ({}));
  const error = new ApiError(response.status, answer, response.headers);
  const again = () => call(method, path, { body, headers, signal, as, onProgress, isRetry: true });
  if (method === "GET" && RETRIED.includes(error.status) && !error.retryAfter && !isRetry) {
    await new Promise((done) => setTimeout(done, RETRY_MS));
    return again();
  }
  if (error.code !== "unauthenticated" || !token) throw error;
  if (latest()?.token !== token) return again();        // another tab has a newer one
  store({ ...session.get(), hasEnded: true });          // the page asks for the password
  throw error;
}

/** As fetch, which does not say how far it is. */
function upload(url, { method, headers, body, signal, onProgress }) {
  return new Promise((answer, refuse) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    signal.onabort = () => request.abort();
    request.open(method, url);
    for (const [name, text] of Object.entries(headers)) request.setRequestHeader(name, text);
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total);
    request.onload = () => answer(new Response(request.response || null, {
      status: request.status,
      headers: request.getAllResponseHeaders().trim().split("\r\n").map((line) => line.split(/: (.*)/, 2)),
    }));
    request.onerror = refuse;
    request.onabort = () => refuse(signal.reason);
    request.send(body);
  });
}

async function read(response, as = "json") {
  if (response.status === 204) return null;
  const answer = await response[as]().catch((error) => {
    throw error.name === "AbortError" ? error : new ApiError(0);  // it was cut off
  });
  return as === "json" ? withHeaders(answer, response.headers) : answer;
}

function withHeaders(answer, headers) {
  if (answer) Object.defineProperty(answer, "headers", { value: headers });
  return answer;
}

/** Refresh in time, even if nothing is called until then; a machine that slept does it late. */
let refreshing;
function schedule(current) {
  clearTimeout(refreshing);
  if (!current || current.hasEnded) return;
  refreshing = setTimeout(refresh, Math.min(MAX_TIMEOUT_MS, current.refreshAt - Date.now() + 1));
}
session.on(schedule);
schedule(session.get());

/** Replace the token, in one tab only: the old one is revoked, and its sockets cut off. */
async function refresh() {
  const replace = async () => {
    const old = latest();
    if (!isDue(old)) return;
    // Not once more, from within; and again soon if this fails.
    store({ ...old, refreshAt: Date.now() + REFRESH_AGAIN_MS });
    const answer = await call("POST", "/refresh", { signal: AbortSignal.timeout(REFRESH_WAIT_MS) });
    const { token, user } = session.get() ?? {};
    if (token === old.token) begin({ ...answer, user }, old.isShared);
  };
  const lock = { signal: AbortSignal.timeout(REFRESH_WAIT_MS) };
  // Locks are there in secure contexts only.
  const replaced = navigator.locks?.request("refresh", lock, replace) ?? replace();
  await replaced.catch(() => {});            // the token is good for a while
}

/** An id that nobody else makes; unlike crypto.randomUUID, there without TLS too. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The query of a URL, without what is empty. */
export function query(parameters) {
  const given = Object.entries(parameters).filter(([, text]) => text || text === 0);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}
