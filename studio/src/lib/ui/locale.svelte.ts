import { setLocale, type Locale } from '#lib/generated/messages/runtime.js';
import { createContext } from 'svelte';

/** The language of this page. Changing it redraws the texts without a reload, so that nobody leaves the air for it. */
export class LocaleStore {
  current = $state<Locale>('vi');

  constructor(locale: Locale) {
    this.current = locale;
  }

  choose(locale: Locale): void {
    // Writes the cookie that the server reads; the page redraws by itself.
    void setLocale(locale, { reload: false });
    document.documentElement.lang = locale;
    this.current = locale;
  }
}

export const [getLocaleStore, setLocaleStore] = createContext<LocaleStore>();
