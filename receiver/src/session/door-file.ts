import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { doorUrlsSchema } from '@loa/shared/protocol/receivers';
import type { Logger } from 'pino';
import type { DoorMemory } from './door-session.ts';

/** Keeps the doors in a file. One that cannot be read or written is no reason to be silent: the door of the settings is there. */
export function createDoorFile(path: string, log: Logger): DoorMemory {
  return {
    read() {
      try {
        return doorUrlsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
          log.warn({ err: error, path }, 'the known doors are lost');
        return [];
      }
    },
    write(doors) {
      try {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(`${path}.part`, JSON.stringify(doors), { flush: true });
        renameSync(`${path}.part`, path);
      } catch (error) {
        log.warn({ err: error, path }, 'the known doors could not be kept');
      }
    },
  };
}
