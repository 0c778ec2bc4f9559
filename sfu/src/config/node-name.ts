import { z } from 'zod';

/** The name of a node among those that share a Redis. */
export const nodeIdSchema = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'letters, digits, dots, dashes; at most 64');
export type NodeId = z.infer<typeof nodeIdSchema>;
