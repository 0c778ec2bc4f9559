import { type Page } from '@playwright/test';
import { TEST_ID } from '../../studio/src/lib/ui/test-ids.ts';
import { expect } from './stage.ts';

/** The presenter's desk as a person uses it. */
export interface Desk {
  open(): Promise<void>;
  /** Finds wards by typing and ticks them. */
  choose(...wards: ReadonlyArray<{ readonly search: string; readonly code: string }>): Promise<void>;
  title(text: string): Promise<void>;
  readyMicrophone(): Promise<void>;
  press(): Promise<void>;
  /** Chooses wards and speaks in them, until the light says that it is heard. */
  goLive(...wards: ReadonlyArray<{ readonly search: string; readonly code: string }>): Promise<void>;
  stop(): Promise<void>;
  /** Waits for the light to be in a state. */
  light(state: string): Promise<void>;
  tally(sounding: number): Promise<void>;
}

export function deskOf(page: Page): Desk {
  const by = (id: string) => page.getByTestId(id);
  const desk: Desk = {
    async open() {
      await page.goto('/');
      await expect(by(TEST_ID.deskSearch)).toBeVisible();
      await expect(by(TEST_ID.linkState)).toHaveAttribute('data-state', 'connected');
    },
    async choose(...wards) {
      for (const { search, code } of wards) {
        await by(TEST_ID.deskSearch).fill(search);
        await by(TEST_ID.zone(code)).click();
      }
      await by(TEST_ID.deskSearch).fill('');
    },
    title: (text) => by(TEST_ID.titleInput).fill(text),
    async readyMicrophone() {
      await by(TEST_ID.sourceMic).check({ force: true });
      // Armed by itself where the permission is there; otherwise by the button.
      const open = by(TEST_ID.micOpen);
      const state = by(TEST_ID.micState);
      await expect(open.or(state)).toBeVisible();
      if (await open.isVisible()) await open.click();
      await expect(state).toHaveAttribute('data-state', 'connected');
    },
    async press() {
      await expect(by(TEST_ID.goLive)).toBeEnabled();
      await by(TEST_ID.goLive).click();
    },
    async goLive(...wards) {
      await desk.open();
      await desk.choose(...wards);
      await desk.readyMicrophone();
      await desk.press();
      await desk.light('on-air');
    },
    stop: () => by(TEST_ID.stop).click(),
    light: (state) => expect(by(TEST_ID.onAirLight)).toHaveAttribute('data-state', state),
    tally: (sounding) => expect(by(TEST_ID.tally)).toHaveAttribute('data-sounding', String(sounding)),
  };
  return desk;
}
