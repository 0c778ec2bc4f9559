// `npm test`: sets up what is missing, then runs every check and every test. The last line says how it went.
//   node scripts/test.mjs --only unit,lint           some stages
//   node scripts/test.mjs --only unit -- demo-city   and what follows goes to the runner
import { mkdirSync } from 'node:fs';
import { inRoot } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { addCounts } from './checks/counts.mjs';
import { runStage } from './checks/run-stage.mjs';
import { phases } from './checks/stages.mjs';

/** @typedef {import('./checks/stages.mjs').Stage} Stage */
/** @typedef {import('./checks/counts.mjs').Counts} Counts */

const argv = process.argv.slice(2);
const split = argv.indexOf('--');
const own = split < 0 ? argv : argv.slice(0, split);
const extra = split < 0 ? [] : argv.slice(split + 1);
const onlyAt = own.indexOf('--only');
const only = onlyAt < 0 ? null : (own[onlyAt + 1] ?? '').split(',');

/** @param {Stage} stage A name stands for all stages that begin with it: `types` for every workspace. */
const isWanted = ({ name }) => only === null || only.some((wanted) => name === wanted || name.startsWith(`${wanted}-`));

/** @param {Counts} counts */
const finish = ({ passed, failed }) => {
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
};

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const prepared = await prepare({ forTest: true });
if (prepared === null) {
  finish({ passed: 0, failed: 1 });
} else {
  const { node } = prepared;
  const env = { ...prepared.env, NODE_ENV: 'test' };
  mkdirSync(inRoot('test-results'), { recursive: true });
  /** @type {Counts[]} */
  const counts = [];
  for (const lanes of phases()) {
    const wanted = lanes
      .map(({ niceness, stages }) => ({ niceness, stages: stages.filter(isWanted) }))
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
}
