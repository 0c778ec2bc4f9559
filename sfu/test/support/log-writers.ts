import { loggedEventSchema } from '@loa/shared/broadcasts/events';
import { broadcastId, SOMEBODY, specOf } from '../../../shared/test/support/session.ts';
import { hashEvent } from '../../src/pump/log/event-hash.ts';
import type { LogNode } from './log-node.ts';
import type { RedisServer } from './redis-server.ts';

/** What nodes were told to be done, as `start <id>` and `stop <id>`. */
export interface Acknowledgements {
  readonly all: string[];
  written: number;
}

const PACE_MS = 10;

/**
 * Starts and stops broadcasts in a zone of its own, again and again, until it is told to end. None is an emergency: those are also
 * acknowledged when the log is away (LA1).
 */
export async function write(
  node: LogNode,
  zone: string,
  acknowledged: Acknowledgements,
  goesOn: () => boolean,
): Promise<void> {
  const submit = async (what: string, command: Parameters<LogNode['runner']['submit']>[0]) => {
    const result = await node.runner.submit(command);
    if (result.ok) acknowledged.all.push(what);
    // Whoever is nearest to Redis would always be first.
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
  };
  while (goesOn()) {
    const id = `${zone}-${(acknowledged.written += 1)}`;
    await submit(`start ${id}`, { type: 'start', spec: specOf(id, [zone], { level: 2 }) });
    await submit(`stop ${id}`, { type: 'stop', broadcastId: broadcastId(id), by: SOMEBODY });
    for (const open of node.runner.state.broadcasts.keys())
      if (open.startsWith(`${zone}-`)) await submit(`stop ${open}`, { type: 'stop', broadcastId: open, by: SOMEBODY });
  }
}

/** The log as it lies on a server, checked: versions without a gap and none twice, each event on its predecessor. */
export async function readLog(server: RedisServer): Promise<Array<{ hash: string; what: string }>> {
  const entries = (await server.send('XRANGE', 'loa:log', '-', '+')) as Array<[string, string[]]>;
  let prevHash = '';
  return entries.map(([, fields], i) => {
    const { version, at, event, ...hashes } = loggedEventSchema.parse(JSON.parse(fields[1] ?? ''));
    const follows = version === i + 1 && hashes.prevHash === prevHash;
    // An expectation for each of many thousands is slow.
    if (!follows || hashes.hash !== hashEvent(prevHash, version, at, event))
      throw new Error(`event ${version} is wrong`);
    prevHash = hashes.hash;
    const verbs: Record<string, string> = { 'broadcast-started': 'start', 'broadcast-ended': 'stop' };
    return { hash: prevHash, what: `${verbs[event.type] ?? event.type} ${event.broadcastId}` };
  });
}

/** What was acknowledged and is not in the log. To stop what was never there is acknowledged too, and is no event. */
export function lostOf(acknowledged: Acknowledgements, log: ReadonlyArray<{ what: string }>): string[] {
  const known = new Set(log.map(({ what }) => what));
  return acknowledged.all.filter((what) => {
    if (known.has(what)) return false;
    return what.startsWith('start') || known.has(what.replace('stop', 'start'));
  });
}
