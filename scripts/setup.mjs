// Sets everything up without starting anything: `npm run setup`.
import { prepare } from './setup/prepare.mjs';

const prepared = await prepare({ forTest: process.argv.includes('--for-test') });
process.exitCode = prepared === null ? 1 : 0;
