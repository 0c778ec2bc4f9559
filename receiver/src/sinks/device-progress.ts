/** Reports are looked at for this long, in ms: their line shows a drift of a millionth or two. */
const WINDOW_MS = 20_000;
/** A report that is off the line by more than so many times the usual distance is left out, but never one that is nearer than this, in ms. */
const OUTLIER_FACTOR = 2.5;
const NEVER_OUTLIER_MS = 0.05;
/** So many reports in a row that are all off to the same side by more than this, in ms, are a card that goes on somewhere else … */
const SHIFT_REPORTS = 10;
const SHIFT_MS = 0.3;
/** … and by more than so many times the usual distance: reports that are rounded to a millisecond scatter by half of one. */
const SHIFT_FACTOR = 4;
/** What was played was interrupted if it goes on further away than this, in ms; less is taken up by resampling. */
const INTERRUPTION_MS = 2;
/**
 * How much is held against a drift other than the one that was known before, in ms²: what reports that scatter by 0.3 ms say of sound cards whose
 * clocks are off by 100 millionths. With few reports it keeps the line level.
 */
const LEVEL_PRIOR = (0.3 / 1e-4) ** 2;

/** Once there are so many reports, one more changes next to nothing: then a line is drawn only this often, in ms. At one for each of fifty reports a second it took 6 % of a core. */
const MANY_REPORTS = 100;
const DRAW_EVERY_MS = 100;

interface Report {
  readonly atMs: number;
  /** Own time at which the first sample was played, by this report alone. */
  readonly startMs: number;
}

interface Line {
  readonly atMs: number;
  readonly startMs: number;
  readonly slope: number;
}

/**
 * When a sound card played its first sample, from repeated reports of how much it has played. Reports are rounded and come late, and a
 * card's clock drifts; so it is a line through the reports of the last seconds that is asked, and those far from it do not count.
 */
export class DeviceProgress {
  #reports: Report[] = [];
  #line: Line | null = null;
  #knownSlope = 0;
  #interruptions = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;

  /**
   * `playedMs` of sound were played at own time `nowMs`. Returns the own time at which the first sample would have been heard, had the card
   * always gone as fast as it goes now.
   */
  note(nowMs: number, playedMs: number): number {
    this.#reports.push({ atMs: nowMs, startMs: nowMs - playedMs });
    this.#reports = this.#reports.filter(({ atMs }) => nowMs - atMs <= WINDOW_MS);
    const shifted = this.#noticeShift();
    const isFresh = nowMs - this.#drawnMs < DRAW_EVERY_MS && this.#reports.length >= MANY_REPORTS;
    if (this.#line !== null && isFresh && !shifted) return at(this.#line, nowMs);
    this.#drawnMs = nowMs;
    let line = fit(this.#reports, this.#knownSlope);
    for (let round = 0; round < 3; round += 1) line = fit(near(this.#reports, line), this.#knownSlope);
    this.#line = line;
    return at(line, nowMs);
  }

  /** How often the card went on so far away that what it played was interrupted. */
  get interruptions(): number {
    return this.#interruptions;
  }

  /** The old reports are forgotten then, but not the drift that they showed: the card is the same. */
  #noticeShift(): boolean {
    const line = this.#line;
    const latest = this.#reports.slice(-SHIFT_REPORTS);
    if (line === null || latest.length < SHIFT_REPORTS) return false;
    const distances = latest.map((report) => distance(report, line));
    const nearest = Math.min(...distances.map(Math.abs));
    const sameSide = distances.every((value) => value > 0) || distances.every((value) => value < 0);
    if (!sameSide || nearest <= SHIFT_MS || nearest <= SHIFT_FACTOR * medianDistance(this.#reports, line)) return false;
    if (nearest > INTERRUPTION_MS) this.#interruptions += 1;
    this.#knownSlope = line.slope;
    this.#reports = latest;
    return true;
  }
}

const at = ({ atMs, startMs, slope }: Line, nowMs: number): number => startMs + slope * (nowMs - atMs);

const distance = ({ atMs, startMs }: Report, line: Line): number => startMs - at(line, atMs);

function medianDistance(reports: readonly Report[], line: Line): number {
  const sorted = new Float64Array(reports.length);
  let count = 0;
  for (const report of reports) sorted[count++] = Math.abs(distance(report, line));
  sorted.sort();
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function near(reports: readonly Report[], line: Line): readonly Report[] {
  const bound = Math.max(NEVER_OUTLIER_MS, OUTLIER_FACTOR * medianDistance(reports, line));
  return reports.filter((report) => Math.abs(distance(report, line)) <= bound);
}

/** The line with the least squares, drawn towards a slope that was known before. */
function fit(reports: readonly Report[], knownSlope: number): Line {
  const count = reports.length;
  let [atMs, startMs] = [0, 0];
  for (const report of reports) {
    atMs += report.atMs / count;
    startMs += report.startMs / count;
  }
  let along = LEVEL_PRIOR * knownSlope;
  let across = LEVEL_PRIOR;
  for (const report of reports) {
    along += (report.atMs - atMs) * (report.startMs - startMs);
    across += (report.atMs - atMs) ** 2;
  }
  return { atMs, startMs, slope: along / across };
}

const PROGRESS = /Time: (\d+(?:\.\d+)?) sec; Latency: -?\d+ usec/g;

/** How much was played, in ms, from what `pacat --verbose` writes; null if it says nothing of the kind. */
export function parsePacatProgress(text: string): number | null {
  const last = [...text.matchAll(PROGRESS)].at(-1)?.[1];
  return last === undefined ? null : Number(last) * 1_000;
}
