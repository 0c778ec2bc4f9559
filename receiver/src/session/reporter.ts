import type { PlayoutEngine } from '@loa/shared/playout/playout-engine';
import { delayHeardAt, type OrderedDelay } from '@loa/shared/playout/delay-order';
import { QUIET_DBFS, SILENCE_DBFS } from '@loa/shared/playout/level-meter';
import type { ReceiverProblemCode, ReceiverReport, Sounding } from '@loa/shared/protocol/receivers';
import type { ServerClock } from './server-clock.ts';

/** A report is sent this often, in ms, and at once when what sounds or the path changes. */
export const REPORT_INTERVAL_MS = 2_000;

/** PO71: a code for pages, and words for who looks at the device. */
export interface ReceiverProblem {
  readonly code: ReceiverProblemCode;
  readonly text: string;
}

export interface ReporterOptions<Bus> {
  readonly engine: PlayoutEngine<Bus>;
  readonly clock: ServerClock;
  path(): ReceiverReport['path'];
  secondPath(): boolean;
  sounding(): readonly Sounding[];
  settings(): { readonly volume: number; readonly muted: boolean };
  sinkName(): string;
  readonly calibrationMs: number;
  /** PO70: set on the device (`RECEIVER_DELAY_MS`), ms: no order helps it; null: it plays as the server orders. */
  readonly ownDelayMs: number | null;
  /** What holds where it stands, whether it follows that or not; null before it was told. */
  ordered(): OrderedDelay | null;
  problem(): ReceiverProblem | null;
  send(report: ReceiverReport): void;
}

/** Tells the server what this receiver renders. */
export class Reporter<Bus> {
  readonly #options: ReporterOptions<Bus>;
  #timer: NodeJS.Timeout | null = null;
  #lastSaid = '';

  constructor(options: ReporterOptions<Bus>) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.report(), REPORT_INTERVAL_MS);
  }

  close(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** Called often; reports at once if what sounds, whether it is silence, or a path is not what was said last. */
  check(): void {
    if (this.#key() !== this.#lastSaid) this.report();
  }

  report(): void {
    const {
      engine,
      clock,
      settings,
      sinkName,
      calibrationMs,
      ownDelayMs,
      ordered,
      problem,
      path,
      secondPath,
      sounding,
      send,
    } = this.#options;
    const stats = engine.stats();
    const estimate = clock.estimate;
    const order = ordered();
    const aside = asideMs(stats.extraDelayMs, ownDelayMs, order && delayHeardAt(order, clock.now()));
    const wrong = problem() ?? stepProblem(aside, ownDelayMs, stats.extraDelayMs);
    this.#lastSaid = this.#key();
    send({
      at: Math.round(clock.now()),
      path: path(),
      secondPath: secondPath(),
      sounding: [...sounding()],
      // PO17: of what the sink takes, not of what is made.
      levelDbfs: sounding().length > 0 ? engine.levelDbfs() : null,
      volume: settings().volume,
      muted: settings().muted,
      packets: stats.packets,
      lostPackets: stats.lostPackets,
      concealedMs: stats.concealedMs,
      lateMs: stats.lateMs,
      jitterMs: stats.jitterMs,
      clockOffsetMs: estimate === null ? null : -estimate.offsetMs,
      clockErrorMs: estimate?.errorMs ?? null,
      behindMs: Math.max(0, aside),
      aheadMs: Math.max(0, -aside),
      positionErrorMs: sounding().length > 0 ? stats.positionErrorMs : null,
      driftPpm: sounding().length > 0 ? 0 - stats.driftPpm : null,
      ownDelayMs,
      neededDelayMs: ownDelayMs === null ? stats.neededDelayMs : null,
      calibrationMs,
      sink: sinkName().slice(0, 80),
      problem: wrong?.text.slice(0, 300) ?? null,
      problemCode: wrong?.code ?? null,
    });
  }

  #key(): string {
    const { sounding, path, secondPath, engine } = this.#options;
    const heard = sounding().map((entry: Sounding) => [entry.tag, entry.role]);
    const isQuiet = heard.length > 0 && (engine.levelDbfs() ?? SILENCE_DBFS) < QUIET_DBFS;
    return JSON.stringify([path(), secondPath(), heard, isQuiet]);
  }
}

/**
 * PO70: by how much it plays behind what holds in its zone at this moment, negative: before it, in ms. `orderedMs`: that delay; null: not told yet.
 */
function asideMs(extraDelayMs: number, ownDelayMs: number | null, orderedMs: number | null): number {
  if (ownDelayMs === null || orderedMs === null) return extraDelayMs;
  return ownDelayMs + extraDelayMs - orderedMs;
}

function stepProblem(aside: number, ownDelayMs: number | null, extraDelayMs: number): ReceiverProblem | null {
  const byMs = Math.round(aside);
  if (extraDelayMs > 0 && byMs > 0)
    return {
      code: 'late-packets',
      text: `packets come too late: out of step, playing ${byMs} ms behind the others`,
    };
  if (ownDelayMs === null || byMs === 0) return null;
  const where = byMs > 0 ? 'behind' : 'ahead of';
  return {
    code: 'own-delay',
    text: `RECEIVER_DELAY_MS=${ownDelayMs} on this device: out of step, playing ${Math.abs(byMs)} ms ${where} the others`,
  };
}
