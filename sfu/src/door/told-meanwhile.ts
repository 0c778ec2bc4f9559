/**
 * Keeps what is told in the order in which it was said. Who waits for an answer goes on a little later than the answer comes; what was read together with it is newer
 * and would be heard before it.
 */
export interface ToldMeanwhile<Notice> {
  /** Takes it at once, or after the answer that is waited for. */
  note(notice: Notice): void;
  /** Takes an answer, and only then what was told since it was asked for. Rejects as `asked` does. One at a time. */
  during<Answer>(asked: Promise<Answer>, take: (answer: Answer) => void): Promise<void>;
}

export function createToldMeanwhile<Notice>(hear: (notice: Notice) => void): ToldMeanwhile<Notice> {
  let told: Notice[] | null = null;
  return {
    note(notice) {
      if (told) told.push(notice);
      else hear(notice);
    },
    async during(asked, take) {
      const meanwhile: Notice[] = (told = []);
      try {
        take(await asked);
      } finally {
        told = null;
        for (const notice of meanwhile) hear(notice);
      }
    },
  };
}
