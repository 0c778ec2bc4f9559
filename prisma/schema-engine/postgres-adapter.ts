import { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlResultSet,
} from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';

/** Object ids of PostgreSQL's one-byte `"char"` (system catalogue only) and of `text`. */
const CHAR_OID = 18;
const TEXT_OID = 25;

/**
 * The driver adapter refuses `"char"`, which the schema describer reads from the catalogue. So such columns are
 * passed off as text, and remembered by the result's row array, which the adapter hands on as it is.
 */
class CharTolerantPool extends pg.Pool {
  readonly charColumns = new WeakMap<object, ReadonlySet<number>>();

  override query: pg.Pool['query'] = (async (...parameters: [pg.QueryConfig]) => {
    const result = await this.runQuery(...parameters);
    const single = Array.isArray(result) ? null : result;
    const chars = new Set<number>();
    single?.fields.forEach((field, index) => {
      if (field.dataTypeID !== CHAR_OID) return;
      field.dataTypeID = TEXT_OID;
      chars.add(index);
    });
    if (single !== null) this.charColumns.set(single.rows, chars);
    return result;
  }) as pg.Pool['query'];

  private runQuery(config: pg.QueryConfig): Promise<pg.QueryResult | pg.QueryResult[]> {
    return super.query(config);
  }
}

const describeChars = (adapter: SqlDriverAdapter, pool: CharTolerantPool): SqlDriverAdapter => {
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query): Promise<SqlResultSet> => {
    const result = await queryRaw(query);
    const chars = pool.charColumns.get(result.rows);
    if (chars === undefined || chars.size === 0) return result;
    const columnTypes = result.columnTypes.map((type, index) => (chars.has(index) ? ColumnTypeEnum.Character : type));
    return { ...result, columnTypes };
  };
  // The adapter's own version splits at every semicolon, which tears functions and DO blocks apart.
  adapter.executeScript = async (script): Promise<void> => {
    await pool.query(script);
  };
  return adapter;
};

/** A throw-away PostgreSQL in memory: no right to create databases is needed on the real one. */
const connectToShadow = (): Promise<SqlDriverAdapter> => new PrismaPGlite(new PGlite()).connect();

/** Driver adapter of the database at `url`, complete enough for the schema engine. */
export const createPostgresFactory = (url: string): SqlMigrationAwareDriverAdapterFactory => ({
  provider: 'postgres',
  adapterName: '@prisma/adapter-pg',
  connect: async () => {
    const pool = new CharTolerantPool({ connectionString: url });
    return describeChars(await new PrismaPg(pool, { disposeExternalPool: true }).connect(), pool);
  },
  connectToShadowDb: connectToShadow,
});

/** For commands that only compare files: the engine wants a connection even then, and gets the throw-away one. */
export const createDetachedFactory = (): SqlMigrationAwareDriverAdapterFactory => ({
  provider: 'postgres',
  adapterName: '@prisma/adapter-pg',
  connect: connectToShadow,
  connectToShadowDb: connectToShadow,
});
