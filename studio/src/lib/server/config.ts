import { MAX_DOORS } from '@loa/shared/protocol/limits';
import { z } from 'zod';

const settingsSchema = z.object({
  /** Where the browser reaches the door. */
  STUDIO_DOOR_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:3001'),
  /** Doors of other nodes, separated by commas: pages go there when theirs is away. */
  STUDIO_OTHER_DOOR_URLS: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((item) => item.trim() || []))
    .pipe(z.array(z.url({ protocol: /^https?$/ })).max(MAX_DOORS)),
});

export interface StudioSettings {
  /** The first is tried first. */
  readonly doorUrls: readonly string[];
}

/** Reads the settings; every mistake is named at once. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): StudioSettings {
  const parsed = settingsSchema.safeParse(env);
  if (!parsed.success) throw new Error(`settings of the studio are wrong:\n${z.prettifyError(parsed.error)}`);
  const { STUDIO_DOOR_URL: first, STUDIO_OTHER_DOOR_URLS: others } = parsed.data;
  return { doorUrls: [...new Set([first, ...others].map((url) => url.replace(/\/+$/, '')))] };
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

/**
 * The door's address as a page under `pageHost` reaches it: a door that is configured on this machine's own address is,
 * for a page that came from elsewhere, on the host that the page came from.
 */
export function doorUrlFor(doorUrl: string, pageHost: string): string {
  const url = new URL(doorUrl);
  if (LOOPBACK.test(url.hostname) && !LOOPBACK.test(pageHost)) url.hostname = pageHost;
  return url.href.replace(/\/+$/, '');
}
