// Files need the token, so a link alone cannot fetch them.
import { call } from "../api.js";
import { toast } from "../ui.js";

/** Fetch what is at a URL of the API, as a Blob. */
export const fetchBlob = (url, signal) => call("GET", url.replace(/^\/api/, ""), { signal, as: "blob" });

/** Save a Blob under a name. */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);  // the browser has begun by then
}

/** Save a file of the service, or of the API's own making, under a name. */
export async function download({ url, name }) {
  try {
    save(await fetchBlob(url), name);
  } catch (error) {
    toast(error.message);
  }
}

/** Open a PDF in a tab of its own, by the browser's own viewer. */
export async function openPdf(file) {
  const tab = open("");                    // now: later it would be blocked
  if (!tab) return download(file);
  tab.opener = null;
  try {
    const pdf = new Blob([await fetchBlob(file.url)], { type: "application/pdf" });
    tab.location = URL.createObjectURL(pdf);             // there as long as this page, to reload it
  } catch (error) {
    tab.close();
    toast(error.message);
  }
}
