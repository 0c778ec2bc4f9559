import { readdirSync } from 'node:fs';

/** `npm run bench -- NAME [--option value …]`: runs `NAME.bench.ts`, which prints progress to stderr and its result as the last line. */
export type Bench = (options: ReadonlyMap<string, string>) => Promise<object>;

const [name, ...rest] = process.argv.slice(2);
const benches = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length));

if (name === undefined || !benches.includes(name)) {
  process.stderr.write(`Which bench? npm run bench -- ${benches.join('|')} [--option value]\n`);
  process.exit(2);
}

const options = new Map<string, string>();
for (let i = 0; i < rest.length; i += 2) options.set((rest[i] ?? '').replace(/^--/, ''), rest[i + 1] ?? '');

const { bench } = (await import(`./${name}.bench.ts`)) as { bench: Bench };
const result = await bench(options);
process.stdout.write(`${JSON.stringify({ bench: name, ...result })}\n`, () => process.exit(0));
