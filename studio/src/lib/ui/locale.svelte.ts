import { browser } from '$app/env';
import { overwriteGetLocale, setLocale, type Locale } from '#lib/generated/messages/runtime.js';
import { createContext } from 'svelte';

/**
 * The language of this page. In the browser every text asks here, so a change redraws the texts and nothing else: nobody
 * leaves the air for it. On the server each request has its own language (`hooks.server.ts`).
 */
export class LocaleStore {
  current = $state<Locale>('vi');

  constructor(locale: Locale) {
    this.current = locale;
    if (browser) overwriteGetLocale(() => this.current);
  }

  choose(locale: Locale): void {
    // Writes the cookie that the server reads.
    void setLocale(locale, { reload: false });
    document.documentElement.lang = locale;
    this.current = locale;
  }
}

export const [getLocaleStore, setLocaleStore] = createContext<LocaleStore>();
