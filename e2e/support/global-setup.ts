import { makeSpeech } from './speech.ts';
import { startSystem } from './system.ts';

/** Starts the system once for all tests and makes the voices that are spoken in them. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const { facts, stop } = await startSystem();
  process.env['LOA_E2E'] = JSON.stringify(facts);
  makeSpeech(facts.dataDir);
  return stop;
}
