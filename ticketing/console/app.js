// Who is signed in, which screen they see, and what surrounds it. Begin to read here.
import { options, render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { address, navigate } from "./address.js";
import { ApiError, call, config, session } from "./api.js";
import { allKeys, useKeys } from "./keys.js";
import { isOffline, refusal, unread, useChanges } from "./live.js";
import { useAll, useLoading } from "./loading.js";
import { prepareForOffline } from "./offline.js";
import { resume } from "./outbox.js";
import { announcement, Dialog, Failed, Heading, html, NotFound, pageTitle, Toasts } from "./ui.js";
import { useValue } from "./values.js";
import { atMost999, personName, preferred, setLanguage, t, viewName } from "./words.js";
import { Confirm, Forgot, SetPassword } from "./screens/links.js";
import { SignIn, SignInAgain, SignOut } from "./screens/sign_in.js";

const START_AGAIN_MS = 5000;
// Effects run before the next event: where the browser is busy, a key may come before it paints.
options.requestAnimationFrame = queueMicrotask;
// What is there for everyone, signed in or not, or in a session that has ended.
const OPEN = new Map([["sign-in", SignIn], ["forgot", Forgot], ["set-password", SetPassword], ["confirm", Confirm]]);

function App() {
  const { path, search } = useValue(address);
  const signedIn = useValue(session);
  const role = signedIn?.user.role;
  const Open = OPEN.get(path);
  const isAway = path === "" || (path === "sign-in" && signedIn);
  const next = new URLSearchParams(search).get("next");
  const { data: { SCREENS, HOME } = {}, error } = useScreens();
  const screenAt = (at) => SCREENS[role].find(([pattern]) => pattern.test(at?.split(/[?#]/)[0]));
  const wasSignedIn = useRef(false);
  if (signedIn) wasSignedIn.current = true;
  useEffect(() => {
    if (!signedIn && !Open) {
      // Who signed out is not followed by whoever signs in next.
      const here = path && !wasSignedIn.current &&
        `?${new URLSearchParams({ next: path + search + location.hash })}`;
      navigate(`sign-in${here || ""}`, { replace: true });
    } else if (isAway && SCREENS) navigate(screenAt(next) ? next : HOME[role], { replace: true });
  }, [path, signedIn?.user.id, SCREENS]);
  if (!signedIn || (Open && !isAway)) return Open && html`<${Page}><${Open} /><//>`;
  if (error) return html`<${NotReached} error=${error} onRetry=${() => location.reload()} />`;
  if (isAway || !SCREENS) return null;
  const [pattern, Screen] = screenAt(path) ?? [/^/, NotFound];
  const parameters = { ...pattern.exec(path).groups, user: signedIn.user };
  const query = Object.fromEntries(new URLSearchParams(search));
  return html`<${Shell} key=${signedIn.user.id} user=${signedIn.user} path=${path} query=${query}>
    ${(views) => html`<${Screen} ...${parameters} query=${query} views=${views} />`}
  <//>`;
}

/** The screens, which to sign in one does not wait for; or why they are not there. */
const useScreens = () => useLoading("screens", () =>
  import("./screens/all.js").catch(() => { throw new ApiError(0); }));

function Shell({ user, path, query, children }) {
  const [helps, setHelps] = useState(false);
  const views = useViews(user.role === "admin");
  useEffect(resume, []);
  useKeys({
    "?": [t("Show the keys"), () => setHelps(true)],
    ...(user.role === "admin" && {
      "/": [t("Search"), () => document.querySelector("#search").focus()],
      "g q": [t("Go to the queue"), () => navigate("")],
      "g d": [t("Go to the dashboard"), () => navigate("dashboard")],
      "g c": [t("Go to the categories"), () => navigate("categories")],
    }),
  });
  const { q } = path.startsWith("search") ? query : {};
  return html`<${Page} header=${html`<${Header} key=${q} user=${user} q=${q} />`}
      nav=${html`<${Navigation} user=${user} path=${path} views=${views.data?.data ?? []} />`}>
    ${children(views)}
    ${helps && html`<${Keys} onClose=${() => setHelps(false)} />`}
    ${useValue(session)?.hasEnded && html`<${SignInAgain} />`}
  <//>`;
}

/** The views of the queue; that of what is overdue only where a policy says what is. */
function useViews(isNeeded) {
  const views = useAll(isNeeded ? "/views" : null);
  const policies = useAll(isNeeded ? "/sla-policies" : null);
  useChanges(() => isNeeded && views.reload());
  if (!views.data || !(policies.data ?? policies.error)) return { ...views, data: undefined };
  const isActive = policies.data?.data.some(({ active }) => active);
  return { ...views, data: { data: views.data.data.filter(({ key }) => isActive || key !== "overdue") } };
}

function Page({ header, nav, children }) {
  const { name } = useValue(config);
  const count = useValue(unread);
  const title = useValue(pageTitle);
  const isCut = useValue(isOffline);
  const why = useValue(refusal);
  const hasEnded = useValue(session)?.hasEnded;
  useEffect(() => {
    document.title = `${count ? `(${atMost999(count)}) ` : ""}${title ? `${title} – ` : ""}${name}`;
  }, [count, title]);
  return html`
    <a class="skip" href="#main">${t("Skip to the content")}</a>
    <header><a class="brand" href="/console/">${name}</a>${header}</header>
    <p class="offline" role="status">${isCut && !hasEnded &&
      `${t("Not connected. Messages are sent as soon as the connection is back.")} ${why}`}</p>
    <div class="page">${nav}<main id="main" tabindex="-1">${children}</main></div>
    <div class="visually-hidden" role="status">${useValue(announcement)}</div>
    <${Toasts} />`;
}

function Header({ user, q }) {
  const search = (event) => {
    event.preventDefault();
    const wanted = new FormData(event.target).get("q").trim();
    const [, id] = /^#?(\d+)$/.exec(wanted) ?? [];
    if (!wanted) return;
    document.querySelector("main").focus();    // then the heading of what is found has it
    navigate(id ? `tickets/${id}` : `search?${new URLSearchParams({ q: wanted })}`);
  };
  return html`
    ${user.role === "admin" && html`<form role="search" onSubmit=${search}>
      <input id="search" type="search" name="q" defaultValue=${q} maxlength="200" aria-label=${t("Search")}
        placeholder=${t("Search, or #7")} />
    </form>`}
    <a class="me" href="/console/me">${personName(user)}</a>
    <${SignOut} />`;
}

const PAGES = () => [["dashboard", t("Dashboard")], ["categories", t("Categories")],
  ["users", t("Users")], ["views", t("Views")], ["responses", t("Canned responses")]];

function Navigation({ user, path, views }) {
  const link = (to, words, count) => html`<li key=${to}><a href="/console/${to}"
    aria-current=${path === to || path.startsWith(`${to}/`) ? "page" : undefined}>
    ${words}${count !== undefined && html` <span class="count">${atMost999(count)}</span>`}</a></li>`;
  const [isOpen, setOpen] = useState(false);  // on a narrow screen; a wide one shows it always
  useEffect(() => setOpen(false), [path]);
  return html`<nav aria-label=${t("Pages")}>
    <button type="button" aria-expanded=${isOpen ? "true" : "false"} onClick=${() => setOpen(!isOpen)}>${t("Menu")}</button>
    <ul>
    ${user.role === "customer" && [link("tickets", t("Your requests")), link("new", t("New request"))]}
    ${views.map((view) => link(`queue/${view.key ?? view.id}`, viewName(view), view.count))}
    ${user.role === "admin" && PAGES().map(([to, words]) => link(to, words))}
  </ul></nav>`;
}

function Keys({ onClose }) {
  return html`<${Dialog} title=${t("Keys")} onClose=${onClose}><dl class="keys">
    ${allKeys().map(([key, words]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${words}</dd></div>`)}
  </dl><//>`;
}

/** Shown while the service does not answer at the start; it is tried again by itself. */
function NotReached({ error, onRetry }) {
  return html`<main><div class="card"><${Heading} title=${t("The service does not answer")} />
    <${Failed} error=${error} onRetry=${onRetry} /></div></main>`;
}

/** Show the page in the language and the time zone of who is signed in. */
async function show(root) {
  const { locale, time_zone: zone = null } = session.get()?.user ?? {};
  const language = preferred(config.get().languages, locale);
  const key = `${language} ${zone}`;
  if (key === shown) return;
  await setLanguage(language, import.meta.resolve(`./languages/${language}.json`), zone);
  shown = key;
  render(html`<${App} key=${key} />`, root);
}

let shown;
let startingAgain;
async function start() {
  clearTimeout(startingAgain);
  const root = document.querySelector("#app");
  try {
    config.set(await call("GET", "/config"));
    await show(root);
    session.on(() => show(root).catch(() => {}));      // in another language, then
    prepareForOffline(config.get().name);
  } catch (error) {
    startingAgain = setTimeout(start, START_AGAIN_MS + (error.retryAfter ?? 0) * 1000);
    render(html`<${NotReached} error=${error} onRetry=${start} />`, root);
  }
}
start();
