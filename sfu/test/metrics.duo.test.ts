import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { METRIC_NAMES } from '../src/door/monitoring/catalogue.ts';
import type { Readiness } from '../src/door/monitoring/readiness.ts';
import { createRig, numbersOf, type Rig } from './support/rig.ts';
import { type SfuStack, startSfuStack } from './support/sfu-stack.ts';
import { waitFor } from './support/wait-for.ts';

/** What machines that watch over a node are told of it. The tests build on each other, in this order. */

const METRICS_TOKEN = 'token-that-only-reads-0123456789';

let sfu: SfuStack;
let rig: Rig;

beforeAll(async () => {
  sfu = await startSfuStack({ separate: true, settings: { SFU_WORKERS: '2', SFU_METRICS_TOKEN: METRICS_TOKEN } });
  rig = createRig(sfu);
});
afterAll(() => sfu.close());
afterEach(() => {
  // A test that fails must not leave a standing pump behind.
  process.kill(sfu.pumpPid, 'SIGCONT');
});

const scrape = (token = METRICS_TOKEN) =>
  fetch(`${sfu.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });

/** Samples without labels by name. */
async function figures(): Promise<Map<string, number>> {
  const page = await (await scrape()).text();
  return new Map([...page.matchAll(/^(\w+) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)]));
}

/** Those of a pump that answers: on a busy machine it may be late once. */
async function figuresOfPump(): Promise<Map<string, number>> {
  let found = new Map<string, number>();
  await waitFor(async () => ((found = await figures()).get('loa_pump_up') === 1 ? '' : 'the pump'));
  return found;
}

/** Waits until these parts are said to be away, and no others. */
const untilDegraded = (...parts: string[]) =>
  waitFor(async () => {
    const { degraded } = await readyz();
    return degraded.join() === parts.join() ? '' : `degraded: ${degraded.join()}`;
  });

async function readyz() {
  const answer = await fetch(`${sfu.url}/readyz`);
  return { status: answer.status, ...((await answer.json()) as Readiness) };
}

/** What the health check of a container says of the pump whose socket this is. */
const checkPump = (linkPath: string) =>
  spawnSync(process.execPath, [join(import.meta.dirname, '..', 'src', 'link', 'check-pump.ts')], {
    env: { SFU_LINK_PATH: linkPath },
    encoding: 'utf8',
  });

describe('the health check of a pump', () => {
  it('asks the pump itself', () => {
    const folder = join(sfu.dataDir, 'run');
    const [socket = ''] = readdirSync(folder);
    expect(checkPump(join(folder, socket))).toMatchObject({ status: 0, stdout: '2 of 2 media workers are alive\n' });
    expect(checkPump(join(folder, 'nothing'))).toMatchObject({ status: 1 });
  });
});

describe('figures of a node', () => {
  it('are there for the token that only reads, and for nobody without one', async () => {
    await figuresOfPump();
    const page = await scrape();
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/plain')]);
    const text = await page.text();
    for (const name of METRIC_NAMES) expect(text).toContain(`# HELP ${name} `);
    expect((await scrape(sfu.token)).status).toBe(200);
    expect((await scrape('wrong')).status).toBe(401);
  });

  it('follow what is on air', async () => {
    const receiver = await rig.join('26509');
    await rig.startLive(await rig.speak(1), ['26509']);
    await waitFor(() => (numbersOf(receiver, 1).length > 20 ? '' : 'the voice'));
    const now = await figuresOfPump();
    expect(Object.fromEntries(now)).toMatchObject({
      loa_pump_up: 1,
      loa_log_up: 1,
      loa_programs: 1,
      loa_paths: 1,
      loa_sources: 1,
      loa_sources_connected: 1,
      loa_receivers_online: 1,
      loa_media_workers_wanted: 2,
      loa_media_workers_alive: 2,
      loa_media_worker_restarts_total: 0,
      // Nobody shares the log: there is nothing to have a lease for.
      loa_leases_held: 0,
      loa_peers: 0,
    });
    expect(now.get('loa_buses')).toBeGreaterThan(1);
    expect(now.get('loa_bus_packets_sent_total')).toBeGreaterThan(20);
    expect(now.get('loa_log_version')).toBeGreaterThan(0);
    expect(now.get('loa_receivers_installed')).toBeGreaterThan(1);
    await untilDegraded();
  });

  it('of a pump that stands still: /metrics and /readyz answer and say so', async () => {
    process.kill(sfu.pumpPid, 'SIGSTOP');
    await waitFor(async () => ((await figures()).get('loa_pump_up') === 0 ? '' : 'the pump still answers'));
    const away = await figures();
    expect(away.has('loa_programs')).toBe(false);
    expect(away.get('loa_receivers_online')).toBe(1);
    await untilDegraded('pump', 'workers', 'places', 'log');
    const answer = await readyz();
    expect(answer).toMatchObject({ status: 503, ready: false });
    expect(answer.parts.pump.why).toContain('does not answer');
    expect((await fetch(`${sfu.url}/healthz`)).status).toBe(200);
    process.kill(sfu.pumpPid, 'SIGCONT');
    await waitFor(async () => ((await figures()).get('loa_pump_up') === 1 ? '' : 'the pump'));
    await rig.reset();
    await waitFor(async () => ((await figures()).get('loa_programs') === 0 ? '' : 'the end of the broadcast'));
  });

  it('without the database the node stays ready for new receivers, and says what it lacks', async () => {
    await sfu.database.stop();
    await untilDegraded('database');
    expect(await readyz()).toMatchObject({ status: 200, ready: true, degraded: ['database'] });
    const receiver = await rig.join('26509');
    await rig.startLive(await rig.speak(2), ['747'], { level: 3 });
    await waitFor(() => (numbersOf(receiver, 2).length > 20 ? '' : 'the emergency'));
    await waitFor(async () => (((await figures()).get('loa_unstored_events') ?? 0) > 0 ? '' : 'events that wait'));
    await rig.reset();
    await sfu.database.start();
    await waitFor(async () => ((await figures()).get('loa_unstored_events') === 0 ? '' : 'all is stored'));
    await untilDegraded();
    expect(await readyz()).toMatchObject({ status: 200, ready: true });
  });
});
