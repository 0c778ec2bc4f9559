import { StepError } from './step-error.mjs';

/**
 * @typedef {object} Step
 * @property {string} name Vietnamese, then English.
 * @property {() => boolean | Promise<boolean>} isDone Cheap: a second run only asks this.
 * @property {(say: (line: string) => void) => Promise<void>} run
 */

const SECOND_MS = 1_000;

/**
 * Runs what is not done yet, in order. Stops at the first failure and says which step, why and what to do;
 * what was done stays done, so running again goes on from there.
 * @param {readonly Step[]} steps
 * @param {(line: string) => void} [say]
 * @returns {Promise<boolean>} Whether everything is ready.
 */
export const runSteps = async (steps, say = (line) => process.stdout.write(`${line}\n`)) => {
  for (const [index, { name, isDone, run }] of steps.entries()) {
    const title = `[${index + 1}/${steps.length}] ${name}`;
    const startedAt = performance.now();
    try {
      if (await isDone()) {
        say(`${title}: đã có · already done`);
        continue;
      }
      say(`${title} …`);
      await run((line) => say(`      ${line}`));
      say(`      xong · done (${((performance.now() - startedAt) / SECOND_MS).toFixed(1)} s)`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const advice = error instanceof StepError ? error.advice : 'Run the same command again; it goes on from here.';
      say(`\nDừng ở bước · stopped at step ${title}\n  Vì sao · why: ${why.replaceAll('\n', '\n    ')}`);
      say(`  Cách xử lý · what to do: ${advice}\n`);
      return false;
    }
  }
  return true;
};
