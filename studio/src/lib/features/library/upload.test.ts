import { createDoor, type Door } from '#lib/live/door.ts';
import { ok, type Result } from '@loa/shared/result';
import type { Problem } from '@loa/shared/protocol/errors';
import { afterEach, expect, test, vi } from 'vitest';
import { upload } from './upload.ts';

afterEach(() => void vi.unstubAllGlobals());

test('an upload that is cancelled before the door has given a token is not sent, and over at once', async () => {
  const sent: unknown[] = [];
  vi.stubGlobal(
    'XMLHttpRequest',
    class {
      readonly upload = {};
      open(): void {
        sent.push('open');
      }
      setRequestHeader(): void {
        sent.push('header');
      }
      send(): void {
        sent.push('send');
      }
      /** As a browser does it: a request that was not sent tells nobody. */
      abort(): void {}
    },
  );
  const token = Promise.withResolvers<Result<string, Problem>>();
  const door: Door = { ...createDoor('http://127.0.0.1:1'), token: () => token.promise };
  const form = { file: new Blob(['x']), fileName: 'a.wav', title: 'A', purpose: 'audio' } as const;
  const running = upload(door, form, () => undefined);
  running.abort();
  token.resolve(ok('t'));
  expect(await running.done).toMatchObject({ ok: false, error: { message: 'aborted' } });
  expect(sent).toEqual([]);
});
