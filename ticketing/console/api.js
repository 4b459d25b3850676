// Calls of the API, and the session that they are made with.
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "./words.js";
import { value } from "./values.js";

const STORED = "session";
const REFRESH_AT = 0.8;                    // of a token's life

/** null, or { token, user, refreshAt, isShared, hasEnded }; the same in all tabs. */
export const session = value(stored(sessionStorage) ?? stored(localStorage));
/** What `GET /api/config` says of this deployment. */
export const config = value(null);

function stored(storage) {
  try {
    return JSON.parse(storage.getItem(STORED));
  } catch {
    return null;
  }
}

addEventListener("storage", ({ key, newValue }) => {
  if (key === STORED && !session.get()?.isShared) session.set(JSON.parse(newValue));
});

function store(next) {
  const storage = (next ?? session.get())?.isShared ? sessionStorage : localStorage;
  if (next) storage.setItem(STORED, JSON.stringify(next));
  else storage.removeItem(STORED);
  session.set(next);
}

/** Begin a session with the answer to a login. */
export function begin({ token, user, expires_in }, isShared = false) {
  const refreshAt = Date.now() + expires_in * 1000 * REFRESH_AT;
  store({ token, user, refreshAt, isShared });
}

/** Show the user as changed, in all tabs. */
export const setUser = (user) => store({ ...session.get(), user });

/** Sign out; with `all`, of every session of the user, or throw why that was not done. */
export async function signOut({ all = false } = {}) {
  const body = all ? { all } : undefined;
  await call("POST", "/logout", { body }).catch((error) => {
    if (all && error.code !== "unauthenticated") throw error;  // that one has ended
  });
  store(null);
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
 * `body` is sent as JSON, or as it is if it is a FormData.
 */
export async function call(method, path, { body, headers = {}, signal, as } = {}) {
  if (session.get()?.refreshAt < Date.now() && path !== "/logout") await refresh();
  const { token } = session.get() ?? {};
  const isForm = body instanceof FormData;
  const response = await fetch(`/api${path}`, {
    method, signal, body: isForm || !body ? body : JSON.stringify(body),
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body && !isForm && { "Content-Type": "application/json" }),
      "Accept-Language": document.documentElement.lang, ...headers,
    },
  }).catch((error) => {
    throw error.name === "AbortError" ? error : new ApiError(0);
  });
  if (as && response.ok) return response[as]();
  const answer = response.status === 204 ? null : await response.json().catch(() => ({}));
  if (response.ok) return withHeaders(answer, response.headers);
  const error = new ApiError(response.status, answer, response.headers);
  if (error.code !== "unauthenticated" || !token) throw error;
  if (session.get()?.token === token) {
    store({ ...session.get(), hasEnded: true });       // the page asks for the password
    throw error;
  }
  return call(method, path, { body, headers, signal, as });  // another tab has a newer one
}

function withHeaders(answer, headers) {
  if (answer) Object.defineProperty(answer, "headers", { value: headers });
  return answer;
}

/** Replace the token, in one tab only: the old one is revoked, and its sockets cut off. */
async function refresh() {
  const old = session.get().token;
  const replace = async () => {
    if (session.get()?.token !== old) return;
    store({ ...session.get(), refreshAt: Infinity });  // not once more, from within
    begin(await call("POST", "/refresh"), session.get().isShared);
  };
  // Locks are there in secure contexts only.
  await (navigator.locks ? navigator.locks.request("refresh", replace) : replace()).catch(() => {});
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

/**
 * Load a path whenever it changes: { data, error, isLoading, reload, setData }; none if it is null.
 * What was loaded stays while the same path is loaded again, and when that fails.
 */
export const useLoaded = (path) =>
  useLoading(path, (signal) => call("GET", path, { signal }));

/** Load a list's first page, and by `more` the next ones too; else as useLoaded. */
export function usePages(path) {
  const wanted = useRef({});
  if (wanted.current.path !== path) wanted.current = { path, pages: 1 };
  const loaded = useLoading(path, async (signal) => {
    const rows = [];
    let next;
    for (let page = 0; page < wanted.current.pages && next !== null; page++) {
      const cursor = next ? `${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(next)}` : "";
      const answer = await call("GET", path + cursor, { signal });
      rows.push(...answer.data);
      next = answer.next;
    }
    return { data: rows, next };
  });
  const more = () => {
    wanted.current.pages++;
    return loaded.reload();
  };
  return { ...loaded, more };
}

function useLoading(path, load) {
  const [state, setState] = useState({});
  const last = useRef();
  const reload = async () => {
    last.current?.abort();
    const { signal } = last.current = new AbortController();
    setState((old) => ({ ...(old.path === path && old), path, isLoading: true }));
    try {
      const data = await load(signal);
      if (!signal.aborted) setState({ path, data, isLoading: false });
    } catch (error) {
      if (!signal.aborted) setState((old) => ({ ...old, error, isLoading: false }));
    }
  };
  useEffect(() => {
    if (path) reload();
    return () => last.current?.abort();
  }, [path]);
  const setData = (data) => setState((old) => ({ ...old, data }));
  const current = state.path === path ? state : { isLoading: Boolean(path) };
  return { ...current, reload, setData };
}
