import { registrationSchema } from '@loa/shared/protocol/receivers';
import { expect, test } from 'vitest';
import { readReceiverSettings } from './receiver-settings.ts';

const read = (name: string) =>
  readReceiverSettings({ getItem: () => JSON.stringify({ receiverId: 'web-1', name, zone: 'w1' }) });

test('a name with a tab that an older page has kept is registered all the same', () => {
  const settings = read('Trạm\t5');
  expect(settings?.name).toBe('Trạm 5');
  const registration = { ...settings, kind: 'browser', softwareVersion: '1' };
  expect(registrationSchema.safeParse(registration).error).toBeUndefined();
});

test('a name of which nothing can be stored is asked for again', () => {
  expect(read('\u0007')).toBeNull();
});
