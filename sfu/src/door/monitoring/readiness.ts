import { z } from 'zod';
import { isOutOfStep } from '@loa/shared/timing/clock-distance';
import type { Answer } from '../../link/messages.ts';
import type { PeerClockDistance } from '../peers/peers.ts';

/** What the parts behind a door said when it asked them. */
export interface HealthFacts {
  readonly databaseAnswers: boolean;
  /** `away`: not connected, or not yet greeted; `silent`: connected, but it did not answer in time. */
  readonly pump: Answer<'health'> | 'away' | 'silent';
  readonly unstoredEvents: number;
  /** It was asked to send its receivers to other nodes (ND5). */
  readonly draining: boolean;
  /** Doors of other nodes that take receivers. */
  readonly otherDoors: number;
  readonly clocks: readonly PeerClockDistance[];
}

const partSchema = z.object({
  ok: z.boolean(),
  /** What is wrong and what it means; null when all is well. */
  why: z.string().nullable(),
});

/** `GET /readyz`. */
export const readinessSchema = z.object({
  /** Whether new receivers, presenters and commands are to be sent here. */
  ready: z.boolean(),
  /** Parts with which something is wrong; a node may be ready without some of them. */
  degraded: z.array(z.enum(['node', 'pump', 'workers', 'places', 'log', 'database', 'clock'])),
  parts: z.object({
    node: partSchema,
    pump: partSchema,
    workers: partSchema,
    places: partSchema,
    log: partSchema,
    database: partSchema,
    clock: partSchema,
  }),
  /** Events that wait for the database. */
  unstoredEvents: z.number().int().nonnegative(),
});
export type Readiness = z.infer<typeof readinessSchema>;
type Parts = Readiness['parts'];

const WELL = Object.freeze({ ok: true, why: null });
const wrong = (why: string) => ({ ok: false, why });

function workersPart(pump: HealthFacts['pump']): Parts['workers'] {
  if (typeof pump === 'string') return wrong('unknown while the pump does not answer');
  const { alive, wanted } = pump.workers;
  return alive >= wanted ? WELL : wrong(`${alive} of ${wanted} media workers are alive; dead ones are being replaced`);
}

/** A full node is no dead one: whoever takes it for that would end what it serves. */
function placesPart(pump: HealthFacts['pump']): Parts['places'] {
  if (typeof pump === 'string') return wrong('unknown while the pump does not answer');
  const { max, taken, full } = pump.places;
  return full
    ? wrong(
        `this node has ${taken} listeners and serves ${max}: they go on, further ones are refused and go to another node; run one more`,
      )
    : WELL;
}

function logPart(pump: HealthFacts['pump']): Parts['log'] {
  if (typeof pump === 'string') return wrong('unknown while the pump does not answer');
  return pump.logReachable
    ? WELL
    : wrong(
        'the event log is away: what is on air goes on, and this node takes emergencies, but learns of no other decision',
      );
}

function nodePart({ draining, otherDoors }: HealthFacts): Parts['node'] {
  if (!draining) return WELL;
  return wrong(
    otherDoors > 0
      ? 'this node is being emptied: its receivers go to other nodes, and new ones are sent there'
      : 'this node is to be emptied, but no other node takes receivers: those that are here stay',
  );
}

/** Which of two clocks is wrong cannot be said from here. */
function clockPart({ clocks }: HealthFacts): Parts['clock'] {
  const apart = clocks.filter(isOutOfStep);
  if (apart.length === 0) return WELL;
  const list = apart.map(({ node, offsetMs, errorMs }) => {
    const ms = `${Math.abs(Math.round(offsetMs))} ± ${Math.ceil(errorMs)} ms`;
    return `that of node ${node} is ${ms} ${offsetMs > 0 ? 'ahead' : 'behind'}`;
  });
  return wrong(
    `the clocks of the nodes do not agree, so their loudspeakers are not in step: ${list.join(', ')}; let NTP (chrony, systemd-timesyncd) keep the clocks of all hosts`,
  );
}

const PUMP_WHY = {
  away: 'the pump is not connected, or not greeted yet',
  silent: 'the pump is connected but does not answer',
} as const;

/**
 * A node is ready when it can sound: that needs the pump and one media worker; and while nobody empties it. Without the database live work goes on; without
 * the log every node goes on and takes emergencies on its own (LA1), and to call all of them unready at once would leave nobody to
 * take them. So both only degrade. A pump that has never read the log is no exception (LA10).
 */
export function toReadiness(facts: HealthFacts): Readiness {
  const { databaseAnswers, pump, unstoredEvents } = facts;
  const parts: Parts = {
    node: nodePart(facts),
    pump: typeof pump === 'string' ? wrong(PUMP_WHY[pump]) : WELL,
    workers: workersPart(pump),
    places: placesPart(pump),
    log: logPart(pump),
    database: databaseAnswers
      ? WELL
      : wrong('the database does not answer: live work goes on, records wait, history cannot be read'),
    clock: clockPart(facts),
  };
  return {
    ready: !facts.draining && typeof pump !== 'string' && pump.workers.alive > 0,
    degraded: readinessSchema.shape.degraded.element.options.filter((name) => !parts[name].ok),
    parts,
    unstoredEvents,
  };
}
