import { broadcastViewSchema } from '@loa/shared/protocol/live';
import { playoutRecordSchema } from '@loa/shared/protocol/receivers';
import { z } from 'zod';

export const logEntrySchema = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  at: z.number(),
  kind: z.enum(['event', 'refusal']),
  type: z.string(),
  broadcastId: z.string().nullable(),
  title: z.string().nullable(),
  zonePaths: z.record(z.string(), z.string()).default({}),
  data: z.unknown(),
  /** Set when it stands for many refusals of one kind. */
  counted: z.object({ count: z.number(), firstAt: z.number() }).nullable().default(null),
});
export type LogEntry = z.infer<typeof logEntrySchema>;

export const logPageSchema = z.object({ entries: z.array(logEntrySchema), next: z.number().nullable() });
export const broadcastsSchema = z.object({ broadcasts: z.array(broadcastViewSchema) });
export const recordsSchema = z.object({ records: z.array(playoutRecordSchema) });
