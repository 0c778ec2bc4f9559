import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = ({ locals }) => ({ doorUrl: locals.doorUrl, locale: locals.locale });
