import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';

describe('schema engine arguments', () => {
  it('reads the database and every schema file of a session', () => {
    const argv = ['--datasource', '{"url":"postgresql://a@b/c"}', '--datamodels', 'one.prisma', '--datamodels', 'two'];
    expect(parseArguments(argv)).toEqual({
      url: 'postgresql://a@b/c',
      schemaPaths: ['one.prisma', 'two'],
      command: null,
    });
  });

  it('reads a one-shot command', () => {
    const argv = ['cli', '--datasource', '{"url":"postgresql://a@b/c"}', 'can-connect-to-database'];
    expect(parseArguments(['cli', 'drop-database']).command).toBe('drop-database');
    expect(() => parseArguments(['cli', 'make-coffee'])).toThrow('make-coffee');
    expect(parseArguments(argv.toSpliced(1, 2)).command).toBe('can-connect-to-database');
  });

  it('works without a database', () => {
    expect(parseArguments([])).toEqual({ url: '', schemaPaths: [], command: null });
  });
});
