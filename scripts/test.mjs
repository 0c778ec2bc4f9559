// `npm test`: sets up what is missing, then runs every check and every test. The last line says how it went.
//   node scripts/test.mjs --only unit,lint           some stages
//   node scripts/test.mjs --only unit -- demo-city   and what follows goes to the runner
import { mkdirSync } from 'node:fs';
import { inRoot } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { addCounts } from './checks/counts.mjs';
import { isNamed, parseOptions, usage } from './checks/options.mjs';
import { runStage } from './checks/run-stage.mjs';
import { phases } from './checks/stages.mjs';

/** @typedef {import('./checks/counts.mjs').Counts} Counts */
/** @typedef {import('./checks/options.mjs').Options} Options */

/** @param {Counts} counts */
const finish = ({ passed, failed }) => {
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
};

/** @param {Options} options */
const run = async ({ only, extra }) => {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const prepared = await prepare({ forTest: true });
  if (prepared === null) return finish({ passed: 0, failed: 1 });
  const { node } = prepared;
  const env = { ...prepared.env, NODE_ENV: 'test' };
  mkdirSync(inRoot('test-results'), { recursive: true });
  /** @type {Counts[]} */
  const counts = [];
  for (const lanes of phases()) {
    const wanted = lanes
      .map(({ niceness, stages }) => ({
        niceness,
        stages: stages.filter(({ name }) => only === null || only.some((each) => isNamed(name, each))),
      }))
      .filter(({ stages }) => stages.length > 0);
    await Promise.all(
      wanted.map(async ({ niceness, stages }, lane) => {
        for (const stage of stages) {
          const ownExtra = stage.report === undefined ? [] : extra;
          counts.push(await runStage(stage, { node, env, niceness, together: lane > 0, extra: ownExtra }));
        }
      }),
    );
  }
  finish(addCounts(counts));
};

const known = phases().flatMap((lanes) => lanes.flatMap(({ stages }) => stages.map(({ name }) => name)));
const asked = parseOptions(process.argv.slice(2), known);
if (asked.kind === 'run') await run(asked.options);
else if (asked.kind === 'help') process.stdout.write(usage(known));
else {
  process.stderr.write(`${asked.message}\n\n${usage(known)}`);
  process.exitCode = 2;
}
