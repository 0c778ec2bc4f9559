import { type Browser, type BrowserContextOptions, chromium } from '@playwright/test';

export const STUDIO_CONTEXT: BrowserContextOptions = {
  locale: 'vi-VN',
  timezoneId: 'Asia/Ho_Chi_Minh',
  permissions: ['microphone'],
};

/** Debian's. */
export const CHROMIUM = process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium';

/**
 * Debian's Chromium, with the rules about sound before a gesture that people's browsers have; its microphone hears the WAV file `microphone`, over and over, or the browser's own beeps.
 */
export function launchBrowser(
  microphone?: string,
  more: readonly string[] = [],
  executablePath = CHROMIUM,
): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      ...(microphone === undefined ? [] : [`--use-file-for-fake-audio-capture=${microphone}`]),
      '--disable-features=WebRtcHideLocalIpsWithMdns',
      ...more,
    ],
  });
}
