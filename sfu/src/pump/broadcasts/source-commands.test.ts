import { describe, expect, it } from 'vitest';
import { INITIAL_STATE } from '@loa/shared/broadcasts/evolve';
import type { LiveBroadcast, LiveState } from '@loa/shared/broadcasts/state';
import type { SourceId } from '@loa/shared/ids';
import { type Presence, sourceCommands } from './source-commands.ts';

function stateOf(...broadcasts: Array<Partial<Omit<LiveBroadcast, 'id'>> & { id: string; source: object }>): LiveState {
  const entries = broadcasts.map(({ source, ...rest }) => [
    rest.id,
    { sourceKeepUntil: null, ...rest, spec: { source } },
  ]);
  return { ...INITIAL_STATE, broadcasts: new Map(entries as never) };
}

const live = (sourceId: string) => ({ kind: 'live', sourceId });
const away =
  (...ids: string[]) =>
  (id: SourceId): Presence =>
    ids.includes(id) ? 'away' : 'here';

describe('BR16 and BR17: what the core has to hear about sources', () => {
  it('nothing while every source is there', () => {
    expect(sourceCommands(stateOf({ id: 'a', source: live('s') }), away())).toEqual([]);
  });

  it('a source that is away, on the air or waiting, until the core has it', () => {
    const broadcasts = [
      { id: 'a', phase: 'on-air' as const, source: live('s') },
      { id: 'b', phase: 'waiting' as const, source: live('t') },
    ];
    expect(sourceCommands(stateOf(...broadcasts), away('s', 't'))).toEqual([
      { type: 'source-lost', sourceId: 's' },
      { type: 'source-lost', sourceId: 't' },
    ]);
    const known = broadcasts.map((broadcast) => ({ ...broadcast, sourceKeepUntil: 15_000 }));
    expect(sourceCommands(stateOf(...known), away('s', 't'))).toEqual([]);
  });

  it('a source that is back', () => {
    expect(sourceCommands(stateOf({ id: 'a', source: live('s'), sourceKeepUntil: 15_000 }), away())).toEqual([
      { type: 'source-back', sourceId: 's' },
    ]);
  });

  it('nothing of a source that may be connected to another node', () => {
    const broadcasts = [
      { id: 'a', source: live('s') },
      { id: 'b', source: live('t'), sourceKeepUntil: 15_000 },
    ];
    expect(sourceCommands(stateOf(...broadcasts), () => 'elsewhere')).toEqual([]);
  });

  it('LS11: a source that is back at a node that cannot say so itself', () => {
    const broadcasts = [
      { id: 'a', source: live('s') },
      { id: 'b', source: live('t'), sourceKeepUntil: 15_000 },
    ];
    expect(sourceCommands(stateOf(...broadcasts), () => 'spoken-for')).toEqual([
      { type: 'source-back', sourceId: 't' },
    ]);
  });

  it('stored programmes have no such source', () => {
    expect(sourceCommands(stateOf({ id: 'a', source: { kind: 'segment', segmentId: 's' } }), () => 'away')).toEqual([]);
  });
});
