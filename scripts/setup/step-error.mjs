/** A step failed for a reason that a person can do something about. */
export class StepError extends Error {
  /**
   * @param {string} why What went wrong, in one or a few lines.
   * @param {string} advice What to do before running again.
   */
  constructor(why, advice) {
    super(why);
    this.name = 'StepError';
    this.advice = advice;
  }
}
