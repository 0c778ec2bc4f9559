import { roleGain } from '@loa/shared/playout/gain';
import { PRESENCE_TIMEOUT_MS, selectRoles, type Role } from '@loa/shared/playout/selection';
import { fromCsrc } from '@loa/shared/protocol/csrc';

interface Present {
  readonly bus: number;
  readonly tag: number;
  readonly rank: number;
  readonly overlay: boolean;
  seenAtMs: number;
}

/** A broadcast that is heard now, and on which bus. */
export interface Heard {
  readonly bus: number;
  readonly tag: number;
  readonly rank: number;
  readonly role: Role;
  /** Factor of amplitude of its role. */
  readonly gain: number;
}

/** Which broadcasts have packets on which bus, and so who is heard; the selection is that of every receiver. */
export class PresenceTable {
  readonly #present = new Map<string, Present>();

  note(bus: number, csrc: number, nowMs: number): void {
    const label = fromCsrc(csrc);
    // Tag 0 is the control bus: it is never rendered.
    if (label.tag === 0) return;
    const key = `${bus}/${label.tag}`;
    const known = this.#present.get(key);
    if (known) known.seenAtMs = nowMs;
    else this.#present.set(key, { bus, ...label, seenAtMs: nowMs });
  }

  heard(nowMs: number): readonly Heard[] {
    for (const [key, present] of this.#present) {
      if (nowMs - present.seenAtMs > PRESENCE_TIMEOUT_MS) this.#present.delete(key);
    }
    const present = [...this.#present.values()];
    const roles = selectRoles(present);
    const heard = present.flatMap(({ bus, tag, rank }) => {
      const role = roles.get(tag);
      return role ? [{ bus, tag, rank, role, gain: roleGain(role) }] : [];
    });
    // On one bus the browser's single decoder gets the packets of both: what it makes of the ducked one is not claimed.
    return heard.filter(
      (one) => one.role !== 'ducked' || !heard.some((other) => other.bus === one.bus && other.role === 'overlay'),
    );
  }
}

/** Factor of amplitude of each bus; what is not heard is silent. */
export function busGains(heard: readonly Heard[], buses: number): readonly number[] {
  return Array.from({ length: buses }, (_, bus) =>
    heard.reduce((gain, one) => (one.bus === bus ? Math.max(gain, one.gain) : gain), 0),
  );
}
