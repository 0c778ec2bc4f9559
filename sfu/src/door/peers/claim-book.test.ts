import { describe, expect, it } from 'vitest';
import type { ReceiverId, ZoneId } from '@loa/shared/ids';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { createClaimBook } from './claim-book.ts';

const R = 'r' as ReceiverId;
const seen = (lastSeenAt: number, online = true): ReceiverView => ({
  receiverId: R,
  name: 'r',
  kind: 'loudspeaker',
  zoneId: 'z' as ZoneId,
  online,
  lastSeenAt,
  softwareVersion: '',
  volume: 80,
  emergencyVolume: 100,
  muted: false,
  report: null,
});

describe('NP1: a receiver that several nodes claim', () => {
  it('is where the newest word comes from, and where it still is when that node lets it go', () => {
    const claims = createClaimBook();
    claims.note('a', seen(1));
    claims.note('b', seen(2));
    expect([claims.nodeOf(R), claims.viewOf(R)?.lastSeenAt]).toEqual(['b', 2]);
    expect([claims.countOf('a'), claims.countOf('b')]).toEqual([0, 1]);
    claims.note('b', seen(3, false));
    expect(claims.nodeOf(R)).toBe('a');
    claims.drop('a', R);
    expect([claims.nodeOf(R), claims.viewOf(R)]).toEqual([undefined, undefined]);
  });

  it('is claimed no more by a node that is not heard', () => {
    const claims = createClaimBook();
    claims.note('a', seen(1));
    expect(claims.dropAll('b')).toEqual([]);
    expect(claims.dropAll('a')).toEqual([R]);
    expect(claims.viewOf(R)).toBeUndefined();
  });
});
