/** What is done about lost packets. */
export const MODES = {
  concealment: { fec: false, asksAgain: false },
  fec: { fec: true, asksAgain: false },
  nack_fec: { fec: true, asksAgain: true },
} as const;
export type Mode = keyof typeof MODES;

export interface LossFigures {
  readonly sdr_db: number;
  /** Of the time: invented or left silent. */
  readonly concealed_pct: number;
  /** Of the time: taken from redundancy. */
  readonly recovered_pct: number;
  /** Part of what is concealed: longer than what is invented. */
  readonly silent_pct: number;
  readonly extra_delay_ms: number;
}

/** By the share of packets that is lost, in percent, ascending as such keys always are. */
export type LossTable = Readonly<Record<string, Readonly<Record<Mode, LossFigures>>>>;

/** With more loss nothing gets better, whatever is done about it. */
export function isMonotone(table: LossTable): boolean {
  const rows = Object.values(table);
  return (Object.keys(MODES) as Mode[]).every((mode) =>
    rows.every((row, n) => {
      const before = rows[n - 1]?.[mode];
      if (before === undefined) return true;
      return row[mode].sdr_db <= before.sdr_db && row[mode].concealed_pct >= before.concealed_pct;
    }),
  );
}

/** Wherever something is lost, asking again and FEC leave less to be concealed than concealment alone, and sound nearer to the clean render. */
export function isBetterEverywhere(table: LossTable): boolean {
  return Object.entries(table)
    .filter(([percent]) => Number(percent) > 0)
    .every(([, { concealment, nack_fec }]) => {
      return nack_fec.sdr_db > concealment.sdr_db && nack_fec.concealed_pct < concealment.concealed_pct;
    });
}
