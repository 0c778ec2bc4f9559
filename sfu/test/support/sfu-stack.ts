import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { PrismaClient } from '@loa/prisma/client';
import { seedDemoCity } from '@loa/prisma/seed/seed';
import { createTemporaryDatabase } from '@loa/prisma/testing/temporary-database';
import type { Zone } from '@loa/shared/zones/zone';
import { readDoorConfig } from '../../src/door/config.ts';
import { createDoor, type Door } from '../../src/door/door.ts';
import { readPumpConfig } from '../../src/pump/config.ts';
import { createPump, type Pump } from '../../src/pump/pump.ts';
import { waitFor } from './wait-for.ts';

/** A whole sfu with the demo city: real database, real worker, real sockets, on free ports. */
export interface SfuStack {
  readonly url: string;
  readonly token: string;
  readonly prisma: PrismaClient;
  readonly dataDir: string;
  readonly pump: Pump;
  readonly zones: readonly Zone[];
  zoneByCode(code: string): Zone;
  get(path: string): Promise<Response>;
  post(path: string, body: unknown): Promise<Response>;
  /** The door alone goes and comes back on the same port. */
  restartDoor(): Promise<void>;
  restartPump(): Promise<void>;
  close(): Promise<void>;
}

export const TEST_ORIGIN = 'http://studio.test';
const TOKEN = 'test-token-of-the-sfu-stack-0123456789';

export async function startSfuStack(): Promise<SfuStack> {
  const logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  const database = await createTemporaryDatabase();
  await seedDemoCity(database.prisma);
  const dataDir = mkdtempSync(join(tmpdir(), 'loa-sfu-'));
  const environment = {
    LOA_DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    SFU_PORT: '0',
    SFU_MEDIA_PORT: '0',
    SFU_ACCESS_TOKEN: TOKEN,
    SFU_STUDIO_ORIGINS: TEST_ORIGIN,
    MEDIASOUP_WORKER_BIN: process.env['MEDIASOUP_WORKER_BIN'],
  };
  const onFatal = (error: Error) => {
    throw error;
  };
  let pump = await createPump(readPumpConfig(environment), logger, onFatal);
  let door: Door = await createDoor(readDoorConfig(environment), logger);
  const url = `http://127.0.0.1:${door.port}`;
  const headers = { authorization: `Bearer ${TOKEN}` };
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
    dataDir,
    get pump() {
      return pump;
    },
    zones,
    zoneByCode(code) {
      const zone = zones.find((candidate) => candidate.code === code);
      if (!zone) throw new Error(`the demo city has no zone ${code}`);
      return zone;
    },
    get: (path) => fetch(`${url}${path}`, { headers }),
    post: (path, body) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    async restartDoor() {
      await door.close();
      door = await createDoor(readDoorConfig({ ...environment, SFU_PORT: String(new URL(url).port) }), logger);
      await ready();
    },
    async restartPump() {
      await pump.close();
      pump = await createPump(readPumpConfig(environment), logger, onFatal);
      await ready();
    },
    async close() {
      await door.close();
      await pump.close();
      await database.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
