/**
 * @typedef {object} Options
 * @property {readonly string[] | null} only Names, or beginnings of names, of the stages that are wanted; null: all.
 * @property {readonly string[]} extra For the runner.
 */

/** @param {string} name @param {string} wanted A name stands for all stages that begin with it: `types` for every workspace. */
export const isNamed = (name, wanted) => name === wanted || name.startsWith(`${wanted}-`);

/** @param {readonly string[]} stages */
export const usage = (stages) =>
  [
    'node scripts/test.mjs [--only STAGE,…] [-- WHAT …]',
    '',
    '  --only STAGE,…   some stages; without it all of them, which takes a while',
    '  --help           this',
    '  -- WHAT …        what follows goes to the runner of the tests: a part of a file’s name, an option',
    '',
    `Stages: ${stages.join(', ')}; types stands for all that begin with it.`,
    '',
  ].join('\n');

/**
 * What the command line asks for. Whatever is not known is a mistake: to run everything instead would be a long answer to a slip of
 * the keyboard.
 * @param {readonly string[]} argv
 * @param {readonly string[]} stages
 * @returns {{ kind: 'run', options: Options } | { kind: 'help' } | { kind: 'mistake', message: string }}
 */
export function parseOptions(argv, stages) {
  const split = argv.indexOf('--');
  const own = split < 0 ? [...argv] : argv.slice(0, split);
  const extra = split < 0 ? [] : argv.slice(split + 1);
  /** @type {string[] | null} */
  let only = null;
  /** @param {string} message */
  const mistake = (message) => ({ kind: /** @type {const} */ ('mistake'), message });
  while (own.length > 0) {
    const option = own.shift() ?? '';
    if (option === '--help' || option === '-h') return { kind: 'help' };
    if (option !== '--only') return mistake(`${option} is no option: known are --only STAGE,…, --help and -- WHAT …`);
    const names = own.shift()?.split(',') ?? [];
    const unknown = names.filter((wanted) => !stages.some((name) => isNamed(name, wanted)));
    if (names.length === 0) return mistake('--only needs the names of stages');
    if (unknown.length > 0)
      return mistake(
        `--only: there is no stage ${unknown.map((name) => `“${name}”`).join(', ')}: ${stages.join(', ')}`,
      );
    only = [...(only ?? []), ...names];
  }
  return { kind: 'run', options: { only, extra } };
}
