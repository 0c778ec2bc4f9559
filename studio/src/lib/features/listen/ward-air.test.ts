import { describe, expect, test } from 'vitest';
import { aBroadcast, SMALL_CITY, zoneId } from '../../../../test/support/zones.ts';
import { wardAir } from './ward-air.ts';

const WARD = zoneId('w2');
const inCluster = aBroadcast({ broadcastId: 'part', rank: 204, zones: ['k1'] });
const inCity = aBroadcast({ broadcastId: 'city', rank: 76, zones: ['c'] });

function seen(...onAir: Parameters<typeof wardAir>[1]): string | null {
  const air = wardAir(SMALL_CITY, onAir, WARD);
  return air && `${air.broadcast.broadcastId} ${air.scope}`;
}

describe('what the public page of a ward names', () => {
  test('RK6: what claims all its clusters, also below something stronger in one of them', () => {
    expect(seen(inCluster, inCity)).toBe('city whole');
    expect(seen(aBroadcast({ broadcastId: 'both', zones: ['k1', 'k2'] }))).toBe('both whole');
  });

  test('RK6: what is in some of its clusters only is not what the page plays', () => {
    expect(seen(inCluster)).toBe('part part');
    expect(seen(aBroadcast({ zones: ['w10'] }))).toBeNull();
  });

  test('RK6: what is interrupted in one cluster is still heard on the page, what is interrupted everywhere is not', () => {
    const cut = (...zones: string[]) => aBroadcast({ interrupted: zones.map((zone) => ({ zone, by: 'x' })) });
    expect(seen(cut('k1'))).toBe('b1 whole');
    expect(seen(cut('w2'))).toBeNull();
  });

  test('RK4: of two of one rank the later one does not claim what the earlier one has', () => {
    const earlier = aBroadcast({ broadcastId: 'earlier', zones: ['k1'] });
    const later = aBroadcast({ broadcastId: 'later', zones: ['w2'], interrupted: [{ zone: 'k1', by: 'earlier' }] });
    expect(seen(earlier, later)).toBe('earlier part');
  });

  test('RK4: what is paused keeps the output, so nothing else is named as heard there', () => {
    const below = aBroadcast({ zones: ['c'], interrupted: [{ zone: 'w2', by: 'paused' }] });
    expect(seen(aBroadcast({ broadcastId: 'paused', rank: 204, paused: true }), below)).toBeNull();
  });
});
