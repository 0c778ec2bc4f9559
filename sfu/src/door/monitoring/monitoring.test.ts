import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMonitoring, type MonitoringOptions } from './monitoring.ts';

type Link = MonitoringOptions['link'];

const never = () => new Promise<never>(() => undefined);
const refuses = () => Promise.reject(new Error('away'));

const watching = (link: Pick<Link, 'connected'> & { ask(): Promise<unknown> }, askDatabase = () => Promise.resolve()) =>
  createMonitoring({
    registry: new Registry(),
    link: link as Link,
    picture: { receiverCount: 2 },
    hub: { online: 1, packets: { received: 0, lost: 0 } },
    askDatabase,
    unstoredEvents: () => 3,
    unstoredRefusals: () => 0,
    nodes: { draining: false, openNodes: () => [] },
    peers: { clocks: [] },
  });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a part that does not answer', () => {
  it.each([
    ['is not connected', { connected: false, ask: never }, 'not connected'],
    ['hangs', { connected: true, ask: never }, 'does not answer'],
    ['refuses', { connected: true, ask: refuses }, 'does not answer'],
  ])('a pump that %s: both pages say so instead of waiting for it', async (_, link, why) => {
    const monitoring = watching(link);
    const answers = Promise.all([monitoring.readiness(), monitoring.metrics()]);
    await vi.advanceTimersByTimeAsync(2_000);
    const [readiness, { page }] = await answers;
    expect(readiness).toMatchObject({ ready: false, parts: { pump: { ok: false } } });
    expect(readiness.parts.pump.why).toContain(why);
    expect(page).toMatch(/^loa_pump_up 0$/m);
    expect(page).toMatch(/^loa_receivers_online 1$/m);
    monitoring.close();
  });

  it.each([
    ['hangs', never],
    ['refuses', refuses],
  ])('a database that %s only degrades', async (_, askDatabase) => {
    const health = { logReachable: true, workers: { wanted: 1, alive: 1 }, places: { max: 9, taken: 1, full: false } };
    const monitoring = watching({ connected: true, ask: () => Promise.resolve(health) }, askDatabase);
    const answer = monitoring.readiness();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await answer).toMatchObject({ ready: true, degraded: ['database'], unstoredEvents: 3 });
    monitoring.close();
  });
});
