import { compile } from '@inlang/paraglide-js';
import { MESSAGES } from './messages.config.ts';

await compile(MESSAGES);
// The compiler leaves timers of 30 seconds behind.
process.exit(0);
