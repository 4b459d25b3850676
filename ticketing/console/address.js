// The address of the page says everything: the screen, the view, its filters, the ticket.
import { navigated } from "./ui.js";
import { value } from "./values.js";

const BASE = "/console/";
const read = () => ({ path: location.pathname.slice(BASE.length), search: location.search });

/** { path, search }: the path without /console/, the query with its question mark. */
export const address = value(read());
addEventListener("popstate", () => show());

function show() {
  navigated.set(navigated.get() + 1);
  address.set(read());
}

/** Go to another screen; `path` without /console/. */
export function navigate(path, { replace = false } = {}) {
  const isHere = new URL(BASE + path, location).href === location.href;
  history[replace || isHere ? "replaceState" : "pushState"](null, "", BASE + path);
  show();
}

/** Change parameters of the query and stay on the screen; empty ones go. */
export function setQuery(changes) {
  const parameters = new URLSearchParams(location.search);
  for (const [name, text] of Object.entries(changes)) {
    if (text) parameters.set(name, text);
    else parameters.delete(name);
  }
  const search = parameters.size ? `?${parameters}` : "";
  history.pushState(null, "", location.pathname + search);
  address.set(read());
}

// Links within the console change the address only; with a modifier key the browser follows them.
addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button);
  if (!link || !isPlain || link.target || link.download || event.defaultPrevented) return;
  if (link.origin !== location.origin || !link.pathname.startsWith(BASE)) return;
  const isHere = link.pathname === location.pathname && link.search === location.search;
  if (isHere && link.hash) return;           // the browser goes to the entry
  event.preventDefault();
  navigate(link.href.slice(location.origin.length + BASE.length));
});
