// What screens load from the API, and load again.
import { useEffect, useRef, useState } from "preact/hooks";
import { call, connects, session } from "./api.js";

const LONG_PAGE = 100;                     // rows; the first page has what the service likes

/**
 * Load a path whenever it changes: { data, error, isLoading, reload }; none if it is null.
 * What was loaded stays while the same path is loaded again, and when that fails.
 */
export const useLoaded = (path) =>
  useLoading(path, (signal) => call("GET", path, { signal }));

/** Load the first pages of a list: their rows as `data`, and the cursor of the `next` one. */
export async function loadPages(path, pages = Infinity, signal) {
  const rows = [];
  let next;
  for (let page = 0; page < pages && next !== null; page++) {
    const url = new URL(path, location.origin);
    if (next) url.searchParams.set("cursor", next);
    if (next) url.searchParams.set("limit", LONG_PAGE);
    const answer = await call("GET", url.pathname + url.search, { signal });
    rows.push(...answer.data);
    next = answer.next;
  }
  return { data: rows, next };
}

/** Load a list's first page, and by `more` the next ones too; else as useLoaded. */
export function usePages(path, pages = 1) {
  const wanted = useRef({});
  if (wanted.current.path !== path) wanted.current = { path, pages };
  const loaded = useLoading(path, (signal) => loadPages(path, wanted.current.pages, signal));
  const more = () => {
    wanted.current.pages++;
    return loaded.reload();
  };
  return { ...loaded, more };
}

/** Load a list whole, however many pages it has; else as useLoaded. */
export function useAll(path) {
  const limit = path?.includes("?") ? "&limit=" : "?limit=";
  return usePages(path && path + limit + LONG_PAGE, Infinity);
}

/** Load what a path stands for by `load(signal)`; else as useLoaded. */
export function useLoading(path, load) {
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
  // What there was no session or no connection for is loaded when there is.
  const code = state.error?.code;
  useEffect(() => {
    if (code === "offline") return connects.on(reload);
    if (code === "unauthenticated") return session.on((now) => { if (now && !now.hasEnded) reload(); });
  }, [code, path]);
  const current = state.path === path ? state : { isLoading: Boolean(path) };
  return { ...current, reload };
}
