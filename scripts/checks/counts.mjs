/** @typedef {{ passed: number, failed: number }} Counts */

/** @param {readonly Counts[]} all @returns {Counts} */
export const addCounts = (all) => ({
  passed: all.reduce((sum, { passed }) => sum + passed, 0),
  failed: all.reduce((sum, { failed }) => sum + failed, 0),
});

/** @param {unknown} value */
const toCount = (value) => (typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : 0);

/**
 * What a runner's own report means for us. A run that reports no test, or ends badly without a failed test, has failed;
 * so has every test that was skipped: nothing is green because it did not run. So has one that passed at
 * its second attempt: nobody has looked into the first.
 * @param {Counts} reported
 * @param {boolean} endedWell
 * @returns {Counts}
 */
const judge = ({ passed, failed }, endedWell) =>
  failed === 0 && (passed === 0 || !endedWell) ? { passed, failed: 1 } : { passed, failed };

/**
 * @param {any} report vitest's JSON reporter.
 * @param {boolean} endedWell
 */
export const countVitest = (report, endedWell) => {
  const unfinished = toCount(report?.numPendingTests) + toCount(report?.numTodoTests);
  return judge(
    { passed: toCount(report?.numPassedTests), failed: toCount(report?.numFailedTests) + unfinished },
    endedWell,
  );
};

/**
 * @param {any} report playwright's JSON reporter.
 * @param {boolean} endedWell
 */
export const countPlaywright = (report, endedWell) => {
  const { expected, unexpected, flaky, skipped } = report?.stats ?? {};
  const failed = toCount(unexpected) + toCount(skipped) + toCount(flaky);
  return judge({ passed: toCount(expected), failed }, endedWell);
};

/** @param {boolean} endedWell @returns {Counts} */
export const countStage = (endedWell) => (endedWell ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
