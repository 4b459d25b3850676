// Files on their way to the service. They go on without the screen on which they were added, one
// after another, and are then part of the draft that they were added to.
import { call, config, newId } from "./api.js";
import { filesOf, setFiles } from "./drafts.js";
import { connection } from "./live.js";
import { announce } from "./ui.js";
import { useValue, value } from "./values.js";
import { size, t } from "./words.js";

export const MAX_FILES = 10;               // of one message
const OWN_KINDS = /^(image|video|audio|font)\/|^text\/html/;  // browsers know these for certain
const FINAL = [413, 415, 422];             // the same file would be refused again
export const OTHER_KIND = () => t("This kind of file is not accepted. Send a picture, PDF, video, office document, text or archive.");

// { id, ticketId, kind: "reply"|"note", file, share, error, mayRetry, stop: an AbortController }
const uploads = value([]);
let last = Promise.resolve();

/** What is wrong with a file, as far as that is known before it is sent. */
export function wrongWith(file) {
  const { max_bytes: most, types } = config.get().attachment;
  if (!file.size) return t("This file is empty.");
  if (file.size > most) {
    return t("This file has {size}; at most {most} are accepted.", { size: size(file.size), most: size(most) });
  }
  return OWN_KINDS.test(file.type) && !types.includes(file.type) ? OTHER_KIND() : undefined;
}

const isOf = (ticketId, kind) => (upload) => upload.ticketId === ticketId && upload.kind === kind;

/** Upload files for a draft: they are in `filesOf` when they are uploaded. */
export function addFiles(ticketId, kind, files) {
  for (const file of files) {
    const count = filesOf(ticketId, kind).length + uploads.get().filter(isOf(ticketId, kind)).length;
    const text = count < MAX_FILES ? wrongWith(file) : t("A message has {count} files at most.", { count: MAX_FILES });
    const upload = { id: newId(), ticketId, kind, file, error: text && { message: text } };
    uploads.set([...uploads.get(), upload]);
    if (!text) start(upload);
  }
}

function change({ id }, fields) {
  uploads.set(uploads.get().map((upload) => (upload.id === id ? { ...upload, ...fields } : upload)));
}

/** Upload a file; also one that could not be uploaded before. */
export function start(upload) {
  const stop = new AbortController();
  change(upload, { share: 0, error: undefined, stop });
  last = last.then(() => !stop.signal.aborted && transfer(upload, stop.signal));
}

async function transfer(upload, signal) {
  const { ticketId, kind, file } = upload;
  const body = new FormData();
  body.set("file", file);
  const onProgress = (share) => change(upload, { share });
  try {
    const stored = await call("POST", `/tickets/${ticketId}/files`, { body, signal, onProgress });
    setFiles(ticketId, kind, [...filesOf(ticketId, kind), { ...stored, key: upload.id, at: Date.now() }]);
    announce(t("{name} is uploaded.", { name: file.name }));
    remove(upload);
  } catch (error) {
    if (!signal.aborted) change(upload, { error, mayRetry: !FINAL.includes(error.status) });
  }
}

/** Forget a file that is not uploaded yet. */
export function remove({ id, stop }) {
  stop?.abort();
  uploads.set(uploads.get().filter((upload) => upload.id !== id));
}

// Of who signed out nothing is sent by who signs in next.
connection.on(() => uploads.get().forEach(remove));

// What is not uploaded yet would be lost with the page.
addEventListener("beforeunload", (event) => {
  if (uploads.get().some(({ error }) => !error)) event.preventDefault();
});

/** The files on their way to a draft, and those that could not be uploaded. */
export const useUploads = (ticketId, kind) => useValue(uploads).filter(isOf(ticketId, kind));
