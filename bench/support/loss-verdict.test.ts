import { describe, expect, it } from 'vitest';
import { isBetterEverywhere, isMonotone, type LossFigures, type LossTable } from './loss-verdict.ts';

const figures = (sdr_db: number, concealed_pct: number): LossFigures => ({
  sdr_db,
  concealed_pct,
  recovered_pct: 0,
  silent_pct: 0,
  extra_delay_ms: 0,
});
const clean = figures(100, 0);
const row = (concealment: LossFigures, fec: LossFigures, nack_fec: LossFigures) => ({ concealment, fec, nack_fec });
const NO_LOSS = row(clean, clean, clean);
const table: LossTable = {
  '0': NO_LOSS,
  '2': row(figures(15, 2), figures(18, 1), clean),
  '10': row(figures(8, 10), figures(12, 4), figures(40, 0.1)),
};

describe('the verdict about loss', () => {
  it('is that more loss is worse, and asking again with FEC better than concealment, without loss aside', () => {
    expect(isMonotone(table)).toBe(true);
    expect(isBetterEverywhere(table)).toBe(true);
  });

  it('is no where one way sounds better with more loss, or has less to conceal', () => {
    expect(isMonotone({ ...table, '10': { ...NO_LOSS, fec: figures(19, 4) } })).toBe(false);
    expect(isMonotone({ ...table, '10': row(figures(8, 1), figures(12, 4), clean) })).toBe(false);
  });

  it('is no where concealment alone is as good at one point', () => {
    expect(isBetterEverywhere({ ...table, '5': row(figures(12, 5), figures(14, 2), figures(12, 3)) })).toBe(false);
    expect(isBetterEverywhere({ ...table, '5': row(figures(12, 5), figures(14, 2), figures(13, 5)) })).toBe(false);
  });
});
