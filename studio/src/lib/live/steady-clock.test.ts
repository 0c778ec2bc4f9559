import { describe, expect, it } from 'vitest';
import { SteadyClock, steadyNow } from './steady-clock.ts';

describe('clock of the server as a page knows it', () => {
  it('PO85: what one door answered does not narrow what is known of the clock of another', () => {
    const clock = new SteadyClock();
    const error = () => clock.estimate?.errorMs ?? Number.NaN;
    clock.follow('http://one');
    clock.note(steadyNow(), steadyNow() + 5_000);
    expect(error()).toBeLessThan(50);
    clock.follow('http://one');
    clock.note(steadyNow() - 200, steadyNow() + 4_900);
    expect(error()).toBeLessThan(50);
    clock.follow('http://two');
    clock.note(steadyNow() - 200, steadyNow() + 4_900);
    expect(error()).toBeGreaterThanOrEqual(100);
  });
});
