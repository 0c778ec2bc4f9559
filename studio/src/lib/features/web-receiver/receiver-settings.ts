import { z } from 'zod';

const settingsSchema = z.object({
  receiverId: z.string().regex(/^[\w.:-]{1,64}$/),
  name: z.string().trim().min(1).max(120),
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
