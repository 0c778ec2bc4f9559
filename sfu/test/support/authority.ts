import { expect } from 'vitest';
import { type Snapshot, snapshotSchema } from '@loa/shared/protocol/live';
import type { Rig } from './rig.ts';
import { waitFor } from './wait-for.ts';

/** What a page is shown when it asks for everything. */
export async function snapshotOf(rig: Rig): Promise<Snapshot> {
  const studio = await rig.studio();
  const answer = (await studio.timeout(10_000).emitWithAck('live:sync')) as { data: unknown };
  studio.close();
  return snapshotSchema.parse(answer.data);
}

/** LA7: waits until a node decides with all others, or on its own. */
export const untilAuthority = (rig: Rig, kind: 'shared' | 'local'): Promise<void> =>
  waitFor(async () => {
    const { authority } = await snapshotOf(rig);
    expect(authority.since === null).toBe(authority.kind === 'shared');
    return authority.kind === kind ? '' : `authority is ${authority.kind}`;
  });
