// Who is signed in, the same in all tabs of a browser; on a shared computer in this tab only.
import { ofBrowser, ofTab } from "./storage.js";
import { value } from "./values.js";

const STORED = "session";
const REFRESH_AT = 0.8;                    // of a token's life

/** null, or { token, user, refreshAt, isShared, hasEnded }; the same in all tabs. */
export const session = value(stored(ofTab) ?? stored(ofBrowser));

function stored(storage) {
  try {
    const found = JSON.parse(storage.get(STORED));
    return found?.token && found.user ? found : null;
  } catch {
    return null;
  }
}

addEventListener("storage", ({ key }) => {
  const isOurs = key === STORED || key === null;         // null: all was removed
  if (isOurs && !session.get()?.isShared) session.set(stored(ofBrowser));
});

/** The session as it is stored now: another tab's change is there before its event is here. */
export function latest() {
  const current = session.get();
  if (!current || current.isShared) return current;
  const now = stored(ofBrowser);
  if (now?.token !== current.token) session.set(now);
  return session.get();
}

/** Keep a session; none, if it is null. */
export function store(next) {
  const storage = (next ?? session.get())?.isShared ? ofTab : ofBrowser;
  if (next) storage.set(STORED, JSON.stringify(next));
  else storage.remove(STORED);
  session.set(next);
}

/** Begin a session with the answer to a login. */
export function begin({ token, user, expires_in }, isShared = false) {
  const refreshAt = Date.now() + expires_in * 1000 * REFRESH_AT;
  store({ token, user, refreshAt, isShared });
}

/** Show the user as changed, in all tabs; not if somebody has signed out meanwhile. */
export function setUser(user) {
  const current = latest();
  if (current) store({ ...current, user });
}

/** Whether it is time for another token. */
export const isDue = (current) => current && !current.hasEnded && current.refreshAt < Date.now();
