// Writes the studio's map again after a change of the outline or the wards: `npm run map`.
import { writeFileSync } from 'node:fs';
import { cityMapText } from '@loa/prisma/seed/city-map';

writeFileSync(new URL('../studio/static/map/vung-tau.geojson', import.meta.url), cityMapText());
