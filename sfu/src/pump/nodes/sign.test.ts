import { describe, expect, it } from 'vitest';
import type { SourceId, ZoneId } from '@loa/shared/ids';
import { createHeardWord } from './heard-word.ts';
import { type NodeWord, readSign, SIGN_EVERY_MS, SIGNS_OF_CHANGE, SILENT_AFTER_MS, toSigns } from './sign.ts';

const idOf = (kind: string, n: number) => `${kind}-${String(n).padStart(36 - kind.length - 1, '0')}`;
const wordOf = (away: boolean, sources: number, emergencies: Record<number, number> = {}): NodeWord => ({
  away,
  sources: new Set(Array.from({ length: sources }, (_, n) => idOf('source', n) as SourceId)),
  emergencies: new Map(
    Object.entries(emergencies).map(([csrc, zones]) => [
      Number(csrc),
      new Set(Array.from({ length: zones }, (_, n) => idOf('zone', n) as ZoneId)),
    ]),
  ),
});

/** A line that loses the rounds that `lost` names. */
function createListener() {
  const heard = createHeardWord();
  let round = 0;
  return {
    heard,
    say(word: NodeWord, at: number, isLost = false) {
      for (const payload of toSigns(word, ++round)) {
        const sign = readSign(payload);
        if (!sign) throw new Error(`unreadable: ${payload.toString()}`);
        if (!isLost) heard.note(sign, at);
      }
    },
  };
}

describe('ND31: the word of a node', () => {
  it.each([wordOf(false, 0), wordOf(true, 200), wordOf(true, 3, { 0xc0000001: 240, 0xffffffff: 1 })])(
    'fits into packets, however much it is, and is put together from them',
    (word) => {
      const signs = toSigns(word, 1);
      expect(signs.length).toBeGreaterThan(0);
      for (const sign of signs) expect(sign.length).toBeLessThanOrEqual(1_100);
      const { heard, say } = createListener();
      say(word, 0);
      expect(heard.at(0)).toEqual(word);
    },
  );

  it('what is not said any more holds until it is missing from three rounds in a row: one may be lost on the way', () => {
    const { heard, say } = createListener();
    say(wordOf(true, 2), 0);
    for (let n = 1; n < SIGNS_OF_CHANGE; n++) {
      say(wordOf(true, 1), 0);
      expect(heard.at(0)?.sources.size).toBe(2);
    }
    say(wordOf(true, 1), 0);
    expect(heard.at(0)).toEqual(wordOf(true, 1));
  });

  it('survives two signs that are lost, and is void when nothing comes any more', () => {
    const { heard, say } = createListener();
    const word = wordOf(true, 1, { 0xc0000001: 1 });
    say(word, 0);
    say(word, SIGN_EVERY_MS, true);
    say(word, 2 * SIGN_EVERY_MS, true);
    expect(heard.at(3 * SIGN_EVERY_MS)).toEqual(word);
    expect(heard.at(SILENT_AFTER_MS + 1)).toBeNull();
  });

  it('of a node of another version is no word', () => {
    expect(readSign(Buffer.from([0xf8, 0xff, 0xfe]))).toBeNull();
    expect(readSign(Buffer.from('{"v":2}'))).toBeNull();
  });
});
