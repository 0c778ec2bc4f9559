import { expect, test } from 'vitest';
import { addDoors } from './headers.ts';

test('the page may talk to its doors and to nobody else', () => {
  const headers = new Headers({
    'content-security-policy': "default-src 'self'; connect-src 'self'; media-src 'self' blob:",
  });
  addDoors(headers, ['https://door.example:8443/path', 'http://b.example']);
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'self'; connect-src 'self' https://door.example:8443 http://b.example wss://door.example:8443 ws://b.example; media-src 'self' https://door.example:8443 http://b.example blob:",
  );
  expect(headers.get('permissions-policy')).toContain('microphone=(self)');
});
