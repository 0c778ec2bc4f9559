import { describe, expect, it } from 'vitest';
import { createLogger } from './create-logger.ts';

function linesOf(nodeName: string | undefined): Array<Record<string, unknown>> {
  const lines: string[] = [];
  const logger = createLogger(
    'door',
    { logLevel: 'info', nodeName },
    { write: (line: string) => void lines.push(line) },
  );
  logger.info('begins');
  logger.child({ peer: 'b' }).warn({ err: new Error('away') }, 'the other one is away');
  logger.debug('not asked for');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log of a process', () => {
  it('names its node in every line, also where it speaks of another one', () => {
    const lines = linesOf('a');
    expect(lines).toMatchObject([
      { name: 'door', node: 'a', msg: 'begins' },
      { name: 'door', node: 'a', peer: 'b', err: { message: 'away' } },
    ]);
    expect(lines.every(({ pid, hostname }) => pid === process.pid && typeof hostname === 'string')).toBe(true);
  });

  it('names none where nodes have no names', () => {
    expect(linesOf(undefined).some((line) => 'node' in line)).toBe(false);
  });
});
