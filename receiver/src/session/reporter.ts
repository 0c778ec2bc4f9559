import type { PlayoutEngine } from '@loa/shared/playout/playout-engine';
import { QUIET_DBFS, SILENCE_DBFS } from '@loa/shared/playout/level-meter';
import type { ReceiverReport, Sounding } from '@loa/shared/protocol/receivers';
import type { ServerClock } from './server-clock.ts';

/** A report is sent this often, in ms, and at once when what sounds or the path changes. */
export const REPORT_INTERVAL_MS = 2_000;

export interface ReporterOptions<Bus> {
  readonly engine: PlayoutEngine<Bus>;
  readonly clock: ServerClock;
  path(): ReceiverReport['path'];
  secondPath(): boolean;
  sounding(): readonly Sounding[];
  settings(): { readonly volume: number; readonly muted: boolean };
  sinkName(): string;
  readonly calibrationMs: number;
  /** Whether it plays as the server orders; with a delay of its own (`RECEIVER_DELAY_MS`) no order helps it. */
  readonly followsOrders: boolean;
  problem(): string | null;
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
      followsOrders,
      problem,
      path,
      secondPath,
      sounding,
      send,
    } = this.#options;
    const stats = engine.stats();
    const estimate = clock.estimate;
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
      behindMs: stats.extraDelayMs,
      neededDelayMs: followsOrders ? stats.neededDelayMs : null,
      calibrationMs,
      sink: sinkName().slice(0, 80),
      problem: problemOf(problem(), stats.extraDelayMs)?.slice(0, 300) ?? null,
    });
  }

  #key(): string {
    const { sounding, path, secondPath, engine } = this.#options;
    const heard = sounding().map((entry: Sounding) => [entry.tag, entry.role]);
    const isQuiet = heard.length > 0 && (engine.levelDbfs() ?? SILENCE_DBFS) < QUIET_DBFS;
    return JSON.stringify([path(), secondPath(), heard, isQuiet]);
  }
}

function problemOf(problem: string | null, extraDelayMs: number): string | null {
  if (problem !== null) return problem;
  return extraDelayMs > 0
    ? `packets come too late: out of step, playing ${Math.round(extraDelayMs)} ms behind the others`
    : null;
}
