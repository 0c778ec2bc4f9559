import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = ({ locals }) => ({ doorUrls: locals.doorUrls, locale: locals.locale });
