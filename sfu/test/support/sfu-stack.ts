import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { PrismaClient } from '@loa/prisma/client';
import { createDemoDatabase } from '@loa/prisma/testing/demo-database';
import type { TemporaryDatabase } from '@loa/prisma/testing/temporary-database';
import type { Zone } from '@loa/shared/zones/zone';
import { readDoorConfig } from '../../src/door/config.ts';
import { createDoor } from '../../src/door/door.ts';
import { readPumpConfig } from '../../src/pump/config.ts';
import { createPump } from '../../src/pump/pump.ts';
import { startSfuProcess } from './sfu-process.ts';
import { waitFor } from './wait-for.ts';

/** One of the two processes of an sfu, in this process or in one of its own. */
interface Part {
  readonly port: number;
  readonly pid: number;
  close(): Promise<unknown>;
  /** Without any farewell; only for a process of its own. */
  kill(): Promise<unknown>;
}

/** A whole sfu with the demo city: real database, real worker, real sockets, on free ports. */
export interface SfuStack {
  readonly url: string;
  readonly token: string;
  readonly prisma: PrismaClient;
  readonly database: TemporaryDatabase;
  readonly dataDir: string;
  readonly pumpPid: number;
  readonly doorPid: number;
  /** Socket between door and pump. */
  readonly linkPath: string;
  readonly zones: readonly Zone[];
  zoneByCode(code: string): Zone;
  /** With the token; a body goes as JSON. */
  call(method: string, path: string, body?: object): Promise<Response>;
  get(path: string): Promise<Response>;
  post(path: string, body: unknown): Promise<Response>;
  /** The door alone goes and comes back on the same port; `kill`: without a farewell. */
  restartDoor(how?: 'kill'): Promise<void>;
  restartPump(how?: 'kill'): Promise<void>;
  /** Both go without a farewell, and stay away. Only with `separate`. */
  kill(): Promise<void>;
  /** After `kill`: both come back, the door on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface SfuStackOptions {
  /** Door and pump as processes of their own, as in production. */
  readonly separate?: boolean;
  /** Shares the database and the data folder of this one: another node of the same network. */
  readonly beside?: SfuStack;
  /** Has a data folder of its own nevertheless, as on another machine. */
  readonly ownData?: boolean;
  /** Settings beyond those that every stack has. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The wall clock of its host; only without `separate`. */
  readonly wallNow?: () => number;
}

export const TEST_ORIGIN = 'http://studio.test';
const TOKEN = 'test-token-of-the-sfu-stack-0123456789';

type Environment = Record<string, string | undefined>;

const cannotKill = () => Promise.reject(new Error('only a process of its own can be killed'));

async function startPump(environment: Environment, separate: boolean, wallNow?: () => number): Promise<Part> {
  if (separate) {
    const { pid, stop } = await startSfuProcess('pump', environment);
    return { port: 0, pid, close: () => stop(), kill: () => stop('SIGKILL') };
  }
  const onFatal = (error: Error) => {
    throw error;
  };
  const { close } = await createPump(readPumpConfig(environment), createLogger(), onFatal, wallNow);
  return { port: 0, pid: process.pid, close, kill: cannotKill };
}

async function startDoor(environment: Environment, separate: boolean): Promise<Part> {
  if (separate) {
    const { pid, stop, ready } = await startSfuProcess('door', environment);
    const port = Number(new URL(String(ready['url'])).port);
    return { port, pid, close: () => stop(), kill: () => stop('SIGKILL') };
  }
  const { port, close } = await createDoor(readDoorConfig(environment), createLogger());
  return { port, pid: process.pid, close, kill: cannotKill };
}

/** Both at once, as a supervisor does: none of them waits for the other. Ends the one when the other does not start. */
async function startParts(environment: Environment, separate: boolean, wallNow?: () => number): Promise<[Part, Part]> {
  const [pump, door] = await Promise.allSettled([
    startPump(environment, separate, wallNow),
    startDoor(environment, separate),
  ]);
  if (pump.status === 'fulfilled' && door.status === 'fulfilled') return [pump.value, door.value];
  for (const part of [door, pump]) if (part.status === 'fulfilled') await part.value.close();
  throw pump.status === 'rejected' ? pump.reason : (door as PromiseRejectedResult).reason;
}

function createLogger() {
  return pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
}

export async function startSfuStack(options: SfuStackOptions = {}): Promise<SfuStack> {
  // What was started is closed in reverse, also when what comes after it does not start.
  const started: Array<() => unknown> = [];
  const close = async () => {
    for (const end of started.splice(0).reverse()) await end();
  };
  try {
    return await start(options, started, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  { separate = false, beside, ownData = !beside, settings = {}, wallNow }: SfuStackOptions,
  started: Array<() => unknown>,
  close: () => Promise<void>,
): Promise<SfuStack> {
  const dataDir = beside && !ownData ? beside.dataDir : mkdtempSync(join(tmpdir(), 'loa-sfu-'));
  if (ownData) started.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const database = beside?.database ?? (await createDemoDatabase());
  if (!beside) started.push(() => database.close());
  const environment = {
    LOA_DATA_DIR: dataDir,
    SFU_LINK_PATH: join(dataDir, 'run', `${randomUUID()}.sock`),
    DATABASE_URL: database.url,
    SFU_PORT: '0',
    SFU_MEDIA_PORT: '0',
    SFU_ACCESS_TOKEN: TOKEN,
    SFU_STUDIO_ORIGINS: TEST_ORIGIN,
    MEDIASOUP_WORKER_BIN: process.env['MEDIASOUP_WORKER_BIN'],
    ...settings,
  };
  let [pump, door] = await startParts(environment, separate, wallNow);
  started.push(
    () => pump.close(),
    () => door.close(),
  );
  const url = `http://127.0.0.1:${door.port}`;
  const call = (method: string, path: string, body?: unknown) =>
    fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const ready = () =>
    waitFor(async () => {
      const answer = await fetch(`${url}/readyz`).catch(() => null);
      return answer?.status === 200 ? '' : `readyz says ${answer ? await answer.text() : 'nothing'}`;
    });
  await ready();
  const { zones } = (await (await fetch(`${url}/api/v1/zones`)).json()) as { zones: Zone[] };

  return {
    url,
    token: TOKEN,
    prisma: database.prisma,
    database,
    dataDir,
    linkPath: environment.SFU_LINK_PATH,
    get pumpPid() {
      return pump.pid;
    },
    get doorPid() {
      return door.pid;
    },
    zones,
    zoneByCode(code) {
      const zone = zones.find((candidate) => candidate.code === code);
      if (!zone) throw new Error(`the demo city has no zone ${code}`);
      return zone;
    },
    call,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    async restartDoor(how) {
      await (how === 'kill' ? door.kill() : door.close());
      door = await startDoor({ ...environment, SFU_PORT: new URL(url).port }, separate);
      await ready();
    },
    async restartPump(how) {
      await (how === 'kill' ? pump.kill() : pump.close());
      pump = await startPump(environment, separate, wallNow);
      await ready();
    },
    async kill() {
      await Promise.all([door.kill(), pump.kill()]);
    },
    async restart() {
      pump = await startPump(environment, separate, wallNow);
      door = await startDoor({ ...environment, SFU_PORT: new URL(url).port }, separate);
      await ready();
    },
    close,
  };
}
