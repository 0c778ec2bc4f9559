import { expect, test } from 'vitest';
import { addDoor } from './headers.ts';

test('the page may talk to the door and to nobody else', () => {
  const headers = new Headers({
    'content-security-policy': "default-src 'self'; connect-src 'self'; media-src 'self' blob:",
  });
  addDoor(headers, 'https://door.example:8443/path');
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'self'; connect-src 'self' https://door.example:8443 wss://door.example:8443; media-src 'self' https://door.example:8443 blob:",
  );
  expect(headers.get('permissions-policy')).toContain('microphone=(self)');
});
