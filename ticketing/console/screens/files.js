// The files of a conversation, and the pictures among them, which an `<img>` cannot fetch itself.
import { useEffect, useRef, useState } from "preact/hooks";
import { useLoading } from "../loading.js";
import { html } from "../ui.js";
import { size, t } from "../words.js";
import { download, fetchBlob, openPdf } from "./downloads.js";

const NEAR = "400px";                      // of being on screen
const TRIES = 6;

export const isText = ({ content_type: type }) => type === "text/plain";

/** Fetch a picture; a preview that is not made yet again, after ever longer. */
async function fetchPicture(url, signal) {
  for (let tries = 1; ; tries++) {
    try {
      return await fetchBlob(url, signal);
    } catch (error) {
      if (error.code !== "preview_pending" || tries === TRIES) throw error;
      await new Promise((done) => setTimeout(done, error.retryAfter * 1000 * tries));
      signal.throwIfAborted();
    }
  }
}

/** Load a picture, unless its URL is null: { source, error }; the source is that of an `<img>`. */
export function usePicture(url) {
  const { data, error } = useLoading(url, (signal) => fetchPicture(url, signal));
  const [source, setSource] = useState();
  useEffect(() => {
    const made = data && URL.createObjectURL(data);
    setSource(made);
    return () => URL.revokeObjectURL(made);
  }, [data]);
  return { source, error };
}

/** A picture in small; a button if there is an `onShow(file)`. */
export function Thumbnail({ file, onShow }) {
  const box = useRef();
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    const seen = ([{ isIntersecting }]) => { if (isIntersecting) setNear(true); };
    const root = box.current.closest("[role=log]");
    const observer = new IntersectionObserver(seen, { root, rootMargin: NEAR });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  const { source, error } = usePicture(isNear ? file.preview_url : null);
  if (error?.status) return null;          // else it is loaded when there is a connection
  const image = html`<img src=${source} alt=${onShow ? file.name : ""} draggable=${false} />`;
  return onShow ? html`<button type="button" class="thumbnail" ref=${box} onClick=${() => onShow(file)}>${image}</button>`
    : html`<span class="thumbnail" ref=${box}>${image}</span>`;
}

/** What kind of file it is, in short. */
const kindOf = ({ name, content_type: type }) => /\.(\w{1,5})$/.exec(name)?.[1].toUpperCase() ?? type;

/** Files, each with what can be done with it; `onShow(file)` shows a picture or a text. */
export const Files = ({ files = [], onShow }) => files.length > 0 && html`
  <ul class="files" aria-label=${t("Files")}>${files.map((file) => {
    const { name, url, size: bytes, content_type: type, preview_url: preview } = file;
    const button = (action, act) => html`<button type="button" class="link"
      aria-label=${t("{action}: {name}", { action, name })} onClick=${() => act(file)}>${action}</button>`;
    return html`<li key=${`${url} ${name} ${bytes}`}>
      ${preview && html`<${Thumbnail} file=${file} onShow=${onShow} />`}
      <span class="name"><bdi>${name}</bdi> <span class="quiet">${size(bytes)} · <bdi>${kindOf(file)}</bdi></span></span>
      ${isText(file) && button(t("Show"), onShow)}
      ${type === "application/pdf" && button(t("Open in a new tab"), openPdf)}
      ${button(t("Download"), download)}
    </li>`;
  })}</ul>`;
