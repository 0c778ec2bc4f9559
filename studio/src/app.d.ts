import type { Locale } from '#lib/generated/messages/runtime.js';

declare global {
  namespace App {
    interface Locals {
      locale: Locale;
      doorUrls: readonly string[];
    }
  }
}
