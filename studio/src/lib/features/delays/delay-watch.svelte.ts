import type { Door } from '#lib/live/door.ts';
import type { ZoneId } from '@loa/shared/ids';
import type { Problem } from '@loa/shared/protocol/errors';
import { delaysAnswerSchema, type DelaysAnswer } from '@loa/shared/protocol/playout-delay';
import { zoneSchema } from '@loa/shared/zones/zone';

/** Orders are rare, and given three seconds before they hold. */
const ASK_EVERY_MS = 3_000;

/** What the server says of playout delays, asked for as long as a page shows them. */
export class DelayWatch {
  answer = $state.raw<DelaysAnswer | null>(null);
  /** Why the last question was not answered; what is known stays. */
  problem = $state.raw<Problem | null>(null);
  readonly #door: Pick<Door, 'get' | 'send'>;
  #timer: ReturnType<typeof setInterval> | undefined;
  #asked = 0;

  constructor(door: Pick<Door, 'get' | 'send'>) {
    this.#door = door;
  }

  /** The caller closes. */
  open(): void {
    void this.ask();
    this.#timer = setInterval(() => void this.ask(), ASK_EVERY_MS);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#asked += 1;
  }

  async ask(): Promise<void> {
    this.#asked += 1;
    const turn = this.#asked;
    const answer = await this.#door.get('/delays', delaysAnswerSchema);
    // An answer that was overtaken is older than what is shown.
    if (turn !== this.#asked) return;
    this.problem = answer.ok ? null : answer.error;
    if (answer.ok) this.answer = answer.value;
  }

  /** Sets the delay of a zone, in ms, or takes it back; answers why it was refused, null when it was not. */
  async set(zoneId: ZoneId, playoutDelayMs: number | null): Promise<Problem | null> {
    const path = `/zones/${encodeURIComponent(zoneId)}`;
    const answer = await this.#door.send('PATCH', path, { playoutDelayMs }, zoneSchema);
    await this.ask();
    return answer.ok ? null : answer.error;
  }
}
