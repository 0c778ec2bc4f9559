import { describe, expect, it } from 'vitest';
import type { ZoneId } from '@loa/shared/ids';
import { MAX_OUTPUT_STREAMS, MAX_OUTPUT_ZONES, MAX_PUBLIC_PAYLOAD_TYPES } from '@loa/shared/protocol/limits';
import { createPublicAudience } from './public-audience.ts';

const zoneOf = (n: number) => `zone-${n}` as ZoneId;
const wishFor = (zone: number, payloadType = 111) => ({ zones: [zoneOf(zone)], payloadType });

/** An audience whose listeners come one after the other, and go unless they are let in. */
function openAudience(maxListeners = 1_000) {
  const audience = createPublicAudience<string>(() => ({ max: maxListeners, remedy: 'raise SFU_MAX_LISTENERS' }));
  let count = 0;
  const join = (zone: number, payloadType?: number, worker = 'a'): string => {
    const pathId = `path-${count++}`;
    try {
      audience.admit(pathId, wishFor(zone, payloadType));
      audience.place(pathId, worker);
    } catch (error) {
      audience.leave(pathId);
      throw error;
    }
    return pathId;
  };
  return { audience, join };
}

describe('people online', () => {
  it('are as many as may be; one more is told what helps, and comes in when there is room', () => {
    const { audience, join } = openAudience(2);
    const first = join(1);
    join(1);
    expect(() => join(1)).toThrow(/2 people .* SFU_MAX_LISTENERS .* try again in a minute/);
    audience.leave(first);
    join(2);
  });

  it('count from when they are let in, before they have a worker', () => {
    const { audience } = openAudience(1);
    audience.admit('waits', wishFor(1));
    expect(() => audience.admit('another', wishFor(1))).toThrow('1 people');
    expect(() => audience.place('nobody', 'a')).toThrow('was not admitted');
  });

  it('listen to so many zones; those that are listened to take more of them', () => {
    const { audience, join } = openAudience();
    const paths = Array.from({ length: MAX_OUTPUT_ZONES }, (_, n) => join(n));
    expect(() => join(MAX_OUTPUT_ZONES)).toThrow(`${MAX_OUTPUT_ZONES} zones`);
    join(0);
    audience.leave(paths[1] ?? '');
    join(MAX_OUTPUT_ZONES);
  });

  it('use so many payload types besides those of browsers and GStreamer, which are always taken', () => {
    const { audience, join } = openAudience();
    const paths = Array.from({ length: MAX_PUBLIC_PAYLOAD_TYPES }, (_, n) => join(1, 97 + n));
    expect(() => join(1, 127)).toThrow(/other payload types .* offer it as 111/);
    for (const payloadType of [111, 109, 96, 97]) join(1, payloadType);
    audience.leave(paths[1] ?? '');
    join(1, 127);
  });

  it('have so many streams written for them: zones, payload types and workers multiply', () => {
    const { audience, join } = openAudience();
    const paths: string[] = [];
    for (const worker of ['a', 'b'])
      for (let zone = 0; zone < MAX_OUTPUT_STREAMS / 4; zone++)
        for (const payloadType of [111, 109]) paths.push(join(zone, payloadType, worker));
    expect(paths).toHaveLength(MAX_OUTPUT_STREAMS);
    expect(audience.hasRoom).toBe(false);
    expect(() => join(0, 111, 'c')).toThrow(/streams are written .* offer Opus as 111/);
    expect(() => join(0, 96, 'a')).toThrow('streams');
    join(0, 109, 'b');
    audience.leave(paths[0] ?? '');
    expect(audience.hasRoom).toBe(true);
    join(0, 111, 'c');
  });

  it('one that is placed anew, because its worker died, leaves its place', () => {
    const { audience } = openAudience();
    audience.admit('path', wishFor(1));
    audience.place('path', 'a');
    expect([audience.isWritten(wishFor(1), 'a'), audience.isWritten(wishFor(1, 96), 'a')]).toEqual([true, false]);
    audience.place('path', 'b');
    expect([audience.isWritten(wishFor(1), 'a'), audience.isWritten(wishFor(1), 'b')]).toEqual([false, true]);
  });
});
