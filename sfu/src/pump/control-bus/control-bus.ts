import { CONTROL_CSRC, type Pilot, pilotSchema } from '@loa/shared/protocol/pilot';
import { toTimestamp } from '@loa/shared/timing/rtp-timeline';
import { type Bus, createBus } from '../buses/bus.ts';

/** What the pump tells about itself in every pilot. */
export interface PilotFacts {
  readonly run: string;
  /** Times that the clock was set. */
  readonly clock: number;
  readonly logVersion: number;
}

/** The bus that carries the pilot now and the signed grant of each broadcast later. */
export interface ControlBus {
  readonly bus: Bus;
  /** Sends the next pilot for server time `nowMs`. */
  sendPilot(nowMs: number, facts: PilotFacts): void;
  close(): void;
}

export function createControlBus(): ControlBus {
  const bus = createBus('control');
  let count = 0;
  return {
    bus,
    sendPilot(nowMs, { run, clock, logVersion }) {
      const timestamp = toTimestamp(nowMs);
      const pilot: Pilot = pilotSchema.parse({
        v: 1,
        type: 'pilot',
        count: count++,
        run,
        clock,
        serverTimeMs: nowMs,
        rtp: timestamp,
        logVersion,
      });
      bus.send({ csrc: CONTROL_CSRC, timestamp, marker: false, payload: Buffer.from(JSON.stringify(pilot)) });
    },
    close: () => bus.close(),
  };
}
