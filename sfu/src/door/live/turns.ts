/** Does something for each of many, one after the other: a whole city must not join again in the same instant. */
export interface Turns<T> {
  /** Those that wait already keep their place. */
  add(things: Iterable<T>): void;
  forget(thing: T): void;
  close(): void;
}

export function createTurns<T>(everyMs: number, act: (thing: T) => void): Turns<T> {
  const waiting = new Set<T>();
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };
  const next = () => {
    const [thing] = waiting;
    if (thing === undefined) return stop();
    waiting.delete(thing);
    act(thing);
  };
  return {
    add(things) {
      for (const thing of things) waiting.add(thing);
      if (waiting.size > 0) timer ??= setInterval(next, everyMs);
    },
    forget: (thing) => void waiting.delete(thing),
    close: stop,
  };
}
