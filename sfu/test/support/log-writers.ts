import { broadcastId, SOMEBODY, specOf } from '../../../shared/test/support/session.ts';
import type { LogNode } from './log-node.ts';

const PACE_MS = 10;

export interface WriterOptions {
  /** What is on air there is this writer's, or was left behind by one before it. */
  readonly zone: string;
  /** Part of all its ids; no other writer of the zone ever had it. */
  readonly name: string;
  /** Is told what was acknowledged, as `start <id>` or `stop <id>`. */
  readonly acknowledge: (what: string) => void;
  goesOn(): boolean;
}

let written = 0;

/**
 * Starts and stops broadcasts, again and again, until it is told to end. None is an emergency: those are also acknowledged when the
 * log is away (LA1).
 */
export async function write(node: LogNode, { zone, name, acknowledge, goesOn }: WriterOptions): Promise<void> {
  const submit = async (what: string, command: Parameters<LogNode['runner']['submit']>[0]) => {
    const result = await node.runner.submit(command);
    if (result.ok) acknowledge(what);
    // Whoever is nearest to Redis would always be first.
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
  };
  while (goesOn()) {
    const id = `${zone}-${name}-${(written += 1)}`;
    await submit(`start ${id}`, { type: 'start', spec: specOf(id, [zone], { level: 2 }) });
    await submit(`stop ${id}`, { type: 'stop', broadcastId: broadcastId(id), by: SOMEBODY });
    for (const open of node.runner.state.broadcasts.keys())
      if (open.startsWith(`${zone}-`)) await submit(`stop ${open}`, { type: 'stop', broadcastId: open, by: SOMEBODY });
  }
}
