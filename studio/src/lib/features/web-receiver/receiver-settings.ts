import { toPlainText } from '@loa/shared/protocol/text';
import { z } from 'zod';

export const MAX_RECEIVER_NAME_LENGTH = 120;

const settingsSchema = z.object({
  receiverId: z.string().regex(/^[\w.:-]{1,64}$/),
  /** Made plain also when it is read: one that an older page has kept would be refused for ever. */
  name: z
    .string()
    .transform((name) => toPlainText(name, MAX_RECEIVER_NAME_LENGTH))
    .pipe(z.string().min(1)),
  /** Zone id. */
  zone: z.string().min(1).max(64),
});
export type WebReceiverSettings = z.infer<typeof settingsSchema>;

const KEY = 'loa.web-receiver';

export function readReceiverSettings(storage: Pick<Storage, 'getItem'>): WebReceiverSettings | null {
  const text = storage.getItem(KEY);
  if (text === null) return null;
  try {
    const parsed = settingsSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

export function writeReceiverSettings(storage: Pick<Storage, 'setItem'>, settings: WebReceiverSettings): void {
  storage.setItem(KEY, JSON.stringify(settings));
}
