import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import type { LiveState } from '@loa/shared/broadcasts/state';
import type { LogPlace } from '@loa/shared/log/compare-logs';
import { readStoredState } from '@loa/shared/log/stored-state';
import type { LinkClient } from '../link/link-client.ts';

/** What a pump has: its state, and the events up to it that it has not forgotten. */
export interface PumpState {
  readonly at: LogPlace;
  readonly state: LiveState;
  readonly events: readonly LoggedEvent[];
}

/** Asks for all of it, part by part. Rejects with `conflict` when another door asked in between. */
export async function readPumpState(pump: Pick<LinkClient, 'ask'>): Promise<PumpState> {
  const first = await pump.ask('log:state', { version: null, from: 0 });
  const { version, hash, length } = first;
  let text = first.part;
  while (text.length < length) text += (await pump.ask('log:state', { version, from: text.length })).part;

  const events: LoggedEvent[] = [];
  for (let last = 0; last < version;) {
    const { events: page } = await pump.ask('events:since', { version: last });
    events.push(...page.filter((entry) => entry.version <= version));
    const end = page.at(-1);
    if (!end) break;
    last = end.version;
  }
  return { at: { version, hash }, state: readStoredState(text), events };
}
