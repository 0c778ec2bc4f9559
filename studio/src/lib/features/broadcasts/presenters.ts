import { createContext } from 'svelte';
import type { Microphone } from '../../audio/microphone.svelte.ts';
import type { Presenter } from './presenter.svelte.ts';

/** The one microphone of a tab, and who may speak into it. */
export interface Presenters {
  readonly microphone: Microphone;
  readonly desk: Presenter;
  readonly emergency: Presenter;
}

export const [getPresenters, setPresenters] = createContext<Presenters>();
