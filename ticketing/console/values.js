// Values that components watch: what the whole page shares, such as who is signed in.
import { useEffect, useState } from "preact/hooks";

export function value(current) {
  const listeners = new Set();
  return {
    get: () => current,
    set(next) {
      if (Object.is(next, current)) return;
      current = next;
      for (const listener of [...listeners]) listener(current);
    },
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Return a value as it is now; the component is rendered again when it changes. */
export function useValue(watched) {
  const [current, setCurrent] = useState(watched.get());
  useEffect(() => {
    setCurrent(watched.get());
    return watched.on(setCurrent);
  }, [watched]);
  return current;
}
