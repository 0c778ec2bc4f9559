import type { PlayoutSettings } from '@loa/shared/playout/playout-engine';
import { z } from 'zod';
import type { PageClock, PagePacket } from './packet-renderer.ts';

/** What the renderer on the audio thread is made with. */
export interface RendererOptions {
  readonly module: WebAssembly.Module;
  readonly settings: PlayoutSettings;
}

/** Page → renderer. */
export type RendererMessage =
  | { readonly type: 'settings'; readonly settings: PlayoutSettings }
  | { readonly type: 'clock'; readonly clock: PageClock }
  /** A new connection: sequence numbers begin anew. */
  | { readonly type: 'joined' }
  /** From here packets come, past the page's own thread. */
  | { readonly type: 'packets'; readonly port: MessagePort };

/** Reader → renderer. */
export type PacketMessage = PagePacket;

/** Page → reader, once. */
export interface ReaderMessage {
  readonly port: MessagePort;
}

/** Reader → page: a message of the control bus, as it was sent. */
export const controlSchema = z.object({ control: z.string().max(2_000) });

/** Options that a stream's transform is made with. */
export const transformOptionsSchema = z.union([
  z.object({ kind: z.literal('control') }),
  z.object({ kind: z.literal('bus'), bus: z.string().min(1) }),
]);
export type TransformOptions = z.infer<typeof transformOptionsSchema>;
