import { z } from 'zod';

const settingsSchema = z.object({
  /** Where the browser reaches the door. */
  STUDIO_DOOR_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:3001'),
});

export interface StudioSettings {
  readonly doorUrl: string;
}

/** Reads the settings; every mistake is named at once. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): StudioSettings {
  const parsed = settingsSchema.safeParse(env);
  if (!parsed.success) throw new Error(`settings of the studio are wrong:\n${z.prettifyError(parsed.error)}`);
  return { doorUrl: parsed.data.STUDIO_DOOR_URL.replace(/\/+$/, '') };
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
