import { describe, expect, it } from 'vitest';
import { runSteps } from './run-steps.mjs';
import { StepError } from './step-error.mjs';

const run = async (steps: Parameters<typeof runSteps>[0]) => {
  const said: string[] = [];
  const ok = await runSteps(steps, (line) => said.push(line));
  return { ok, said: said.join('\n') };
};

/** A step that is done once it has run. */
const createStep = (name: string, failure?: Error) => {
  const step = {
    name,
    runs: 0,
    done: false,
    isDone: () => step.done,
    run: async () => {
      step.runs += 1;
      if (failure !== undefined) throw failure;
      step.done = true;
    },
  };
  return step;
};

describe('set-up steps', () => {
  it('run in order, and only once', async () => {
    const steps = [createStep('one'), createStep('two')];
    expect((await run(steps)).ok).toBe(true);
    const { ok, said } = await run(steps);
    expect(ok).toBe(true);
    expect(steps.map(({ runs }) => runs)).toEqual([1, 1]);
    expect(said).toContain('[2/2] two: đã có · already done');
  });

  it('stop at the first failure and say which step, why, and what to do', async () => {
    const steps = [createStep('one'), createStep('two', new StepError('no disk', 'Buy a disk.')), createStep('three')];
    const { ok, said } = await run(steps);
    expect(ok).toBe(false);
    expect(said).toMatch(/\[2\/3\] two[\s\S]*no disk[\s\S]*Buy a disk\./);
    expect(steps[2]?.runs).toBe(0);
  });

  it('go on where they stopped', async () => {
    const failing = createStep('two', new StepError('no network', 'Wait.'));
    const first = createStep('one');
    await run([first, failing]);
    const third = createStep('three');
    expect((await run([first, createStep('two'), third])).ok).toBe(true);
    expect(first.runs).toBe(1);
    expect(third.runs).toBe(1);
  });

  it('give advice even for an error that nobody foresaw', async () => {
    const { said } = await run([createStep('one', new Error('odd'))]);
    expect(said).toMatch(/odd[\s\S]*what to do: \S/);
  });
});
