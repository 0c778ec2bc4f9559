import { type z } from 'zod';

/** Control characters and halves of surrogate pairs: databases refuse them, and so would the log for ever after. */
const UNSTORABLE = /[\p{Cc}\p{Cs}]/u;

/** One line of text that can be stored and shown anywhere. */
export function isPlainText(text: string): boolean {
  return !UNSTORABLE.test(text);
}

/** Text as people or programs send it, on one line; lengths are the caller's. */
export function plainText(text: z.ZodString): z.ZodString {
  return text.refine(isPlainText, 'has control characters or half a character');
}

/** Text that somebody typed or pasted as it can be stored: at most `maxLength` UTF-16 units, control characters become spaces. */
export function toPlainText(text: string, maxLength: number): string {
  // Cut first: the cut may leave half a character, which goes with the rest of what cannot be stored.
  return text
    .trim()
    .slice(0, maxLength)
    .replace(/\p{Cc}/gu, ' ')
    .replace(/\p{Cs}/gu, '')
    .trim();
}
