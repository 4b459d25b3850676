// On the page that the service worker shows: the reader's language, and the way back.
const CHECK_MS = 5000;

const { texts = {}, ...language } = JSON.parse(localStorage.getItem("offline")) ?? {};
Object.assign(document.documentElement, language);
for (const [id, text] of Object.entries(texts)) document.getElementById(id).textContent = text;

async function comeBack() {
  const { ok } = await fetch("/healthz", { cache: "no-store" }).catch(() => ({}));
  if (ok) location.reload();
}
addEventListener("online", comeBack);
setInterval(comeBack, CHECK_MS);
