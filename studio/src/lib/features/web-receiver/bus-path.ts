import { RtcSession, type RtcState } from '#lib/audio/rtc-session.ts';
import type { Doors } from '#lib/live/doors.svelte.ts';
import type { Assignment } from '@loa/shared/protocol/receivers';
import type { PagePlayout } from './page-playout.ts';

/** The media path of a page: one connection with the control bus and one bus for each zone of the assignment. */
export class BusPath {
  readonly #session: RtcSession | null;

  constructor(doors: Doors, assignment: Assignment, playout: PagePlayout, onState: (state: RtcState) => void) {
    // The token goes there. What keeps the page from it besides is a header alone, which a proxy may take away.
    if (!doors.includes(assignment.whepUrl)) {
      this.#session = null;
      queueMicrotask(() => onState('refused'));
      return;
    }
    const door = doors.at(doors.url);
    this.#session = new RtcSession({
      url: assignment.whepUrl,
      token: (renew) => door.token({ renew }),
      prepare: (connection) => {
        const receivers = [null, ...assignment.path].map(
          () => connection.addTransceiver('audio', { direction: 'recvonly' }).receiver,
        );
        const [control, ...buses] = receivers;
        if (control) playout.attach({ control, buses });
      },
      onState,
    });
    void this.#session.open();
  }

  /** How the door calls it; null before it has answered. */
  get pathId(): string | null {
    return this.#session?.sessionId ?? null;
  }

  /** Does not wait for the next attempt. */
  kick(): void {
    this.#session?.kick();
  }

  close(): void {
    this.#session?.close();
  }
}
