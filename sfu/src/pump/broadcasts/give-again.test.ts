import { beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '@loa/shared/broadcasts/commands';
import type { BroadcastId } from '@loa/shared/ids';
import { err, ok } from '@loa/shared/result';
import { giveAgain } from './give-again.ts';

const by = { id: 'thử', name: 'Thử' };
const order = (type: 'stop' | 'pause' | 'unpause', id: string): Command => ({
  type,
  broadcastId: id as BroadcastId,
  by,
});

let given: string[];
let onceGiven: number;
let refused: string[];
beforeEach(() => {
  given = [];
  onceGiven = 0;
  refused = [];
});

/** Commands about `away` meet a log that is away `times` times. */
async function give(commands: Command[], away: string, times: number): Promise<void> {
  let left = times;
  await giveAgain({
    commands,
    submit(command) {
      const name = 'broadcastId' in command ? `${command.type} ${command.broadcastId}` : command.type;
      given.push(name);
      const isAway = name.endsWith(away) && left-- > 0;
      if (isAway) return Promise.resolve(err({ code: 'log-away' as const }));
      return Promise.resolve(name.endsWith('gone') ? err({ code: 'unknown-broadcast' as const }) : ok(1));
    },
    pause: () => Promise.resolve(),
    onceGiven: () => (onceGiven += 1),
    onRefused: (command, { code }) => refused.push(`${command.type} ${code}`),
  });
}

describe('EL7: orders that are given again', () => {
  it('go in their order, once', async () => {
    await give([order('stop', 'a'), order('pause', 'b')], 'nobody', 0);
    expect(given).toEqual(['stop a', 'pause b']);
    expect(onceGiven).toBe(1);
  });

  it('LA4: one that waits for the log holds up only its own broadcast', async () => {
    await give([order('pause', 'a'), order('unpause', 'a'), order('stop', 'b')], 'a', 2);
    expect(given).toEqual(['pause a', 'stop b', 'pause a', 'pause a', 'unpause a']);
    expect(refused).toEqual([]);
  });

  it('one that fails otherwise is tried again, and does not keep the others', async () => {
    let fails = 1;
    const taken: string[] = [];
    await giveAgain({
      commands: [order('stop', 'a'), order('stop', 'b')],
      submit(command) {
        const name = 'broadcastId' in command ? command.broadcastId : '';
        if (name === 'a' && fails-- > 0) return Promise.reject(new Error('deliver failed'));
        taken.push(name);
        return Promise.resolve(ok(1));
      },
      pause: () => Promise.resolve(),
      onceGiven: () => undefined,
      onRefused: () => expect.fail(),
    });
    expect(taken).toEqual(['b', 'a']);
  });

  it('a refusal is told, and does not keep the others', async () => {
    await give([order('stop', 'gone'), order('stop', 'b')], 'nobody', 0);
    expect(given).toEqual(['stop gone', 'stop b']);
    expect(refused).toEqual(['stop unknown-broadcast']);
  });

  it('a log that stays away is asked a bounded number of times', async () => {
    await give([order('stop', 'a')], 'a', 1_000);
    expect(refused).toEqual(['stop log-away']);
    expect(given.length).toBeLessThan(100);
  });
});
