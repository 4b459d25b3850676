// What makes the page say that it is offline, even when it is loaded: see service_worker.js.
import { ofBrowser } from "./storage.js";
import { t } from "./words.js";

/** Register the service worker, and keep what its page shows in the reader's language. */
export async function prepareForOffline(name) {
  const { lang, dir } = document.documentElement;
  const texts = {
    title: `${t("Not connected")} – ${name}`, heading: t("You are not connected"),
    text: t("This page comes back by itself as soon as there is a network."),
    retry: t("Try again"),
  };
  ofBrowser.set("offline", JSON.stringify({ lang, dir, texts }));
  // Workers are there in secure contexts only; with another version the browser gets it again.
  const [version] = /(?<=\/-\/)\w+/.exec(import.meta.url);
  const policy = globalThis.trustedTypes?.createPolicy("service-worker", {
    createScriptURL: (url) => url,
  });
  const url = `/console/service-worker.js?${version}`;
  await navigator.serviceWorker?.register(policy?.createScriptURL(url) ?? url).catch(() => {});
}
