// What of a timeline is on screen, and what is brought there.
import { useEffect, useRef, useState } from "preact/hooks";
import { isTyping } from "../ui.js";

const NEAR_END_PX = 80;

/** The last of the elements in a timeline that is on screen, or above it. */
export const lastVisible = (log, selector) => {
  const { bottom } = log.getBoundingClientRect();
  const isAbove = (element) => element.getBoundingClientRect().top < bottom;
  return [...log.querySelectorAll(selector)].findLast(isAbove);
};

/** Whether the end of the timeline is on screen. */
export const isAtEnd = (log = document.querySelector("[role=log]")) =>
  log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;

/** The public seq up to which a ticket's history is on screen. */
export function visibleSeq({ last }) {
  if (isAtEnd()) return last.public;
  const entry = lastVisible(document.querySelector("[role=log]"), "[id^=e]");
  return Number(entry?.id.slice(1) ?? 0);
}

/** Go to the entry that the address links to, once it is there. */
export function useLinked(isLive) {
  useEffect(() => {
    const entry = isLive && location.hash && document.getElementById(location.hash.slice(1));
    entry?.scrollIntoView?.();
    if (!isTyping()) entry?.focus?.();
  }, [isLive]);
}

/** Keep the end in view while it is, and after sending; else count what came below. */
export function useEnd(log, entries, waiting) {
  const sticks = useRef(true);
  const seen = useRef();                   // the last entry when the end was in view
  const last = useRef();
  const sent = useRef(waiting);
  last.current = entries.at(-1)?.key;
  const [hidden, setHidden] = useState(0);
  const stick = () => {
    sticks.current = true;
    seen.current = last.current;
    setHidden(0);
  };
  const goToEnd = () => {
    log.current.scrollTop = log.current.scrollHeight;
    stick();
  };
  useEffect(() => {
    if (waiting > sent.current) sticks.current = true;
    sent.current = waiting;
    if (sticks.current) {
      log.current.scrollTop = log.current.scrollHeight;
      seen.current = last.current;
    }
    const at = entries.findIndex(({ key }) => key === seen.current);
    setHidden(at < 0 ? 0 : entries.length - 1 - at);
  }, [last.current, entries.length, waiting]);
  useEffect(() => {
    const { current } = log;
    let top = Infinity;
    const scrolled = () => {
      if (isAtEnd(current)) stick();
      else if (current.scrollTop < top) sticks.current = false;      // not for less room
      top = current.scrollTop;
    };
    // A keyboard on the screen, or a longer answer, leaves less room.
    const resized = new ResizeObserver(() => {
      if (sticks.current) current.scrollTop = current.scrollHeight;
    });
    current.addEventListener("scroll", scrolled);
    resized.observe(current);
    return () => resized.disconnect();
  }, []);
  return { hidden, goToEnd };
}
