import { makeSpeech } from './speech.ts';

/** Makes the voices that are spoken in the tests. */
export default function globalSetup(): void {
  makeSpeech();
}
