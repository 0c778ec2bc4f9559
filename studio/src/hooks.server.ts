import { paraglideMiddleware } from '#lib/generated/messages/server.js';
import { addDoors } from '#lib/server/headers.ts';
import { doorUrlFor, readSettings } from '#lib/server/config.ts';
import type { Handle } from '@sveltejs/kit/hooks';
import process from 'node:process';

const settings = readSettings(process.env);

export const handle: Handle = ({ event, resolve }) =>
  paraglideMiddleware(event.request, async ({ locale }) => {
    event.locals.locale = locale;
    event.locals.doorUrls = settings.doorUrls.map((url) => doorUrlFor(url, event.url.hostname));
    const response = await resolve(event, { transformPageChunk: ({ html }) => html.replace('%loa.lang%', locale) });
    addDoors(response.headers, event.locals.doorUrls);
    return response;
  });
