/** What Prisma's command line passes to its schema engine. */
export interface EngineArguments {
  /** Empty when the command needs no database (formatting, diff between files). */
  readonly url: string;
  /** Schema files to load. */
  readonly schemaPaths: readonly string[];
  /** A one-shot database command, or `null` for a JSON-RPC session on stdio. */
  readonly command: DatabaseCommand | null;
}

export const DATABASE_COMMANDS = ['can-connect-to-database', 'create-database', 'drop-database'] as const;
export type DatabaseCommand = (typeof DATABASE_COMMANDS)[number];

const valuesOf = (argv: readonly string[], name: string): string[] =>
  argv.flatMap((argument, index) => {
    const value = argv[index + 1];
    return argument === name && value !== undefined ? [value] : [];
  });

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const urlIn = (datasource: string | undefined): string => {
  const parsed: unknown = datasource === undefined ? {} : JSON.parse(datasource);
  const url = isRecord(parsed) ? parsed['url'] : undefined;
  return typeof url === 'string' ? url : '';
};

/** Reads the native engine's command line. Flags that only tune its logs are ignored. */
export const parseArguments = (argv: readonly string[]): EngineArguments => {
  const cli = argv.indexOf('cli');
  const word = cli < 0 ? null : argv[cli + 1];
  const command = DATABASE_COMMANDS.find((known) => known === word) ?? null;
  if (cli >= 0 && command === null) throw new Error(`unknown schema engine command: ${word ?? '(none)'}`);
  return { url: urlIn(valuesOf(argv, '--datasource')[0]), schemaPaths: valuesOf(argv, '--datamodels'), command };
};
