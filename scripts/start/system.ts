import { join } from 'node:path';
import { claimDataFolder } from './data-folder.ts';
import { type Database, openDatabase } from './database.ts';
import { nodesOf } from './nodes.ts';
import { findPortConflicts } from './ports.ts';
import { type Program, doorProgram, pumpProgram, receiverPrograms, redisProgram, studioProgram } from './programs.ts';
import { answers, type Check, waitUntilReady } from './readiness.ts';
import type { StartSettings } from './settings.ts';
import { type SupervisedProgram, superviseProgram } from './supervised-program.ts';

/** From nothing to an answer, on a slow machine. */
const READY_TIMEOUT_MS = 60_000;

/** A program that ends this often before it was ever ready will not become ready. */
const HOPELESS_ENDS = 3;

export interface SystemParts {
  readonly root: string;
  readonly settings: StartSettings;
  readonly report: (line: string) => void;
}

/** Everything that is to be undone, in the reverse order of how it came about. */
export class System {
  /** Receivers run only where the demo city is. */
  withReceivers = false;
  clusterDir: string | null = null;
  #undo: (() => Promise<void> | void)[] = [];
  #programs: SupervisedProgram[] = [];
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #database: Database | undefined;
  readonly #parts: SystemParts;

  constructor(parts: SystemParts) {
    this.#parts = parts;
  }

  /** Starts pump, studio, database, door and receivers, each when what it needs is ready. */
  start(): Promise<void> {
    return (this.#starting ??= this.#startAll());
  }

  async #startAll(): Promise<void> {
    const { settings, report } = this.#parts;
    const nodes = nodesOf(settings);
    const conflicts = (await Promise.all(nodes.map((node) => findPortConflicts(node.settings)))).flat();
    if (conflicts.length > 0) throw new Error(conflicts.join('\n'));
    const release = claimDataFolder(settings.dataDir);
    this.#undo.push(release);

    // None of these needs the database, so they come up meanwhile.
    if (settings.redis.own) this.#run(redisProgram(settings, settings.redis.own.port));
    const pumps = nodes.map((node) => this.#run(pumpProgram(node)));
    const studios = nodes.map((node) => this.#run(studioProgram(node)));
    const database = await openDatabase(settings, { logFile: this.#logFile('database'), report });
    this.#database = database;
    this.#undo.push(() => database.stop());
    this.clusterDir = database.clusterDir;
    if (this.#stopping !== undefined) return;

    const doors = nodes.map((node) => this.#run(doorProgram(node, database.url)));
    for (const [index, node] of nodes.entries()) {
      const [pump, door, studio] = [pumps[index], doors[index], studios[index]];
      if (pump && door) await this.#ready([door, pump], answers(`${node.settings.door.url}/readyz`));
      if (studio) await this.#ready([studio], answers(node.settings.studio.url));
    }
    if (this.#stopping !== undefined) return;

    this.withReceivers = database.seeded !== 'foreign';
    const doorUrls = nodes.map((node) => node.settings.door.url);
    if (this.withReceivers) for (const program of receiverPrograms(settings, doorUrls)) this.#run(program);
  }

  /** Ends everything in good order: receivers, studio, door, pump, Redis, database. Calling it again waits for the same end. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stopAll());
  }

  /** Ends everything now. */
  kill(): void {
    for (const program of this.#programs) program.kill();
    this.#database?.kill();
  }

  #logFile(name: string): string {
    return join(this.#parts.settings.dataDir, 'logs', `${name}.log`);
  }

  #run(program: Program): SupervisedProgram {
    const { root, report } = this.#parts;
    const running = superviseProgram(program, { root, logFile: this.#logFile(program.name), report });
    this.#programs.push(running);
    return running;
  }

  /** Waits for the first of these programs, which needs the others; whichever of them fails is named. */
  async #ready(programs: readonly [SupervisedProgram, ...SupervisedProgram[]], check: Check): Promise<void> {
    const hopeless = () => programs.find((program) => program.unexpectedEnds() >= HOPELESS_ENDS);
    const giveUp = (): string | null => {
      if (this.#stopping !== undefined) return 'stopped before it was ready';
      return hopeless() === undefined ? null : 'it ends again and again';
    };
    try {
      await waitUntilReady(check, READY_TIMEOUT_MS, giveUp);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const { name } = hopeless() ?? programs[0];
      throw new Error(`${name}: ${why}. See ${this.#logFile(name)}`, { cause: error });
    }
  }

  async #stopAll(): Promise<void> {
    const order = ['demo', 'studio', 'door', 'pump', 'redis'];
    for (const prefix of order) {
      await Promise.all(this.#programs.filter(({ name }) => name.startsWith(prefix)).map((program) => program.stop()));
    }
    // A start that is still under way sees that we are stopping; what it has opened by then is to be closed, too.
    await this.#starting?.catch(() => undefined);
    for (const undo of this.#undo.reverse()) await undo();
  }
}
