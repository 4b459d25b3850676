// Files that are added to what one writes: by a button, dropped, or pasted.
import { useEffect, useRef, useState } from "preact/hooks";
import { call, config } from "../api.js";
import { useFiles } from "../drafts.js";
import { Failed, html } from "../ui.js";
import { addFiles, MAX_FILES, remove, start, useUploads } from "../uploads.js";
import { useValue } from "../values.js";
import { number, size, t } from "../words.js";
import { Thumbnail } from "./files.js";

/**
 * Take files that are dropped, or pasted, anywhere on the page: `onFiles(files)`, unless it is
 * null. Return whether some are held over it.
 */
export function useReceived(onFiles) {
  const [isOver, setOver] = useState(false);
  const latest = useRef();
  latest.current = onFiles;
  useEffect(() => {
    const stop = new AbortController();
    const on = (name, listener) => addEventListener(name, listener, { signal: stop.signal });
    const take = (event, { files }) => {
      setOver(false);
      if (!files.length || !latest.current) return;
      event.preventDefault();
      if (!event.target.closest?.("dialog")) latest.current(files);
    };
    on("paste", (event) => {               // cells come as a picture, too
      if (!event.clipboardData.types.includes("text/plain")) take(event, event.clipboardData);
    });
    on("dragover", (event) => {
      if (!latest.current || !event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      setOver(true);
    });
    on("dragleave", ({ relatedTarget }) => { if (!relatedTarget) setOver(false); });
    on("drop", (event) => take(event, event.dataTransfer));
    return () => stop.abort();
  }, []);
  return isOver;
}

/** The files of a draft: those that are uploaded, and on their way. */
export function useAttached(ticketId, kind) {
  const [files, setFiles] = useFiles(ticketId, kind);
  const uploads = useUploads(ticketId, kind);
  const hasFailed = uploads.some(({ error }) => error);
  return {
    files, uploads, setFiles, hasFailed, add: (chosen) => addFiles(ticketId, kind, chosen),
    isUploading: uploads.some(({ error }) => !error), isEmpty: !files.length && !uploads.length,
  };
}

/** The button that adds files; what may be added. */
export function AddFiles({ attached }) {
  const input = useRef();
  const { max_bytes: most } = useValue(config).attachment;
  const choose = ({ target }) => {
    attached.add([...target.files]);
    target.value = "";                     // so that the same file can be chosen again
  };
  return html`<input type="file" multiple hidden ref=${input} onChange=${choose} />
    <button type="button" onClick=${() => input.current.click()}>${t("Add files")}</button>
    <span class="hint">${t("{count} at most, of {size} each", { count: number(MAX_FILES), size: size(most) })}</span>`;
}

/** What is added; `onRemove` is called after one was removed. */
export function Attached({ attached: { files, uploads, setFiles }, onRemove }) {
  const row = (key, { name, size: bytes, ...file }, discard, rest) => html`<li key=${key}>
    ${file.preview_url && html`<${Thumbnail} file=${file} />`}
    <span class="name"><bdi>${name}</bdi> <span class="quiet">${size(bytes)}</span></span>
    ${rest}
    <button type="button" aria-label=${t("Remove {name}", { name })}
      onClick=${() => { discard(); onRemove(); }}>✕</button></li>`;
  if (!files.length && !uploads.length) return null;
  return html`<ul class="files" aria-label=${t("Files")}>
    ${[
      ...files.map((file) => row(file.key, file, () => {
        setFiles(files.filter((other) => other !== file));
        call("DELETE", `/files/${file.id}`).catch(() => {});         // it goes in a day, if not now
      })),
      ...uploads.map((upload) => row(upload.id, upload.file, () => remove(upload), upload.error
        ? html`<${Failed} error=${upload.error} onRetry=${upload.mayRetry && (() => start(upload))} />`
        : html`<progress value=${upload.share} aria-label=${t("{name}: uploading", { name: upload.file.name })} />`)),
    ]}</ul>`;
}
