import type pg from 'pg';

/** PostgreSQL's codes for a page whose checksum is wrong, an index that is none, a file that is not there, a disk that does not give it. */
const DAMAGED: readonly unknown[] = ['XX001', 'XX002', '58P01', '58030'];

/** What is damaged, and how PostgreSQL says it. */
export interface Damage {
  readonly table: string;
  readonly detail: string;
}

/**
 * Reads every table once, long values included, so that damaged pages are found by their checksums now and not when a row of theirs is
 * needed. Indexes are left out: they can be made anew. Answers the first damage.
 */
export const findDamage = async (client: pg.Client): Promise<Damage | null> => {
  const { rows } = await client.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 't') and n.nspname not in ('pg_catalog', 'information_schema') order by 1`,
  );
  // An index would answer without a look at the table.
  for (const way of ['indexscan', 'indexonlyscan', 'bitmapscan']) await client.query(`set enable_${way} = off`);
  for (const { name } of rows) {
    try {
      await client.query(`select count(*) from ${name}`);
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (!DAMAGED.includes(code)) throw error;
      return { table: name, detail: error instanceof Error ? error.message : String(error) };
    }
  }
  return null;
};
