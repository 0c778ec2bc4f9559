import { m } from '#lib/generated/messages/messages.js';

/** The door sends what people typed; whoever typed nothing is named in the reader's language. */
export function speakerName(by: { readonly name: string } | undefined): string {
  return by?.name || m.name_default();
}
