import type { Attachment } from 'svelte/attachments';

const BOX = '[data-focus-box]';
const HOME = '[data-focus-home]';

/**
 * Buttons that do their work and go away, or are disabled or hidden with their dialog by it, would drop the focus to the beginning of the page (WCAG
 * 2.4.3). Below `root` it goes to the home of the innermost box around them that is still there: what is marked
 * `data-focus-home` in it, or else the box itself. A home is no button that does harm: a key that is held down repeats.
 */
export const keepFocus: Attachment<HTMLElement> = (root) => {
  /** What has the focus, and the boxes around it, from the inside out: once it is gone nobody can say where it was. */
  let holder: HTMLElement | null = null;
  let boxes: readonly HTMLElement[] = [];

  function onfocusin({ target }: FocusEvent): void {
    holder = target instanceof HTMLElement ? target : null;
    boxes = holder === null ? [] : boxesAround(holder);
  }

  function onfocusout({ relatedTarget }: FocusEvent): void {
    if (relatedTarget !== null) holder = null;
    // A press beside it gives the focus up. A browser tells the same of what it takes away, and then it is found gone.
    else queueMicrotask(() => (holder = isGone(holder) || document.activeElement === holder ? holder : null));
  }

  const watch = new MutationObserver(() => {
    if (holder === null || !isGone(holder)) return;
    const { activeElement } = document;
    const lost = activeElement === null || activeElement === document.body || activeElement === holder;
    holder = null;
    if (lost) for (const box of boxes) if (box.isConnected && takeFocus(box)) return;
  });
  watch.observe(root, { subtree: true, childList: true, attributeFilter: ['disabled', 'open'] });
  root.addEventListener('focusin', onfocusin);
  root.addEventListener('focusout', onfocusout);
  return () => {
    watch.disconnect();
    root.removeEventListener('focusin', onfocusin);
    root.removeEventListener('focusout', onfocusout);
  };
};

function boxesAround(element: HTMLElement): HTMLElement[] {
  const box = element.parentElement?.closest<HTMLElement>(BOX) ?? null;
  return box === null ? [] : [box, ...boxesAround(box)];
}

function isGone(element: HTMLElement | null): boolean {
  return element !== null && (!element.isConnected || element.matches(':disabled, dialog:not([open]) *'));
}

function takeFocus(box: HTMLElement): boolean {
  const homes = [...box.querySelectorAll<HTMLElement>(HOME)].filter((home) => home.closest(BOX) === box);
  for (const one of [...homes, box]) {
    // A box may be longer than the screen: what was looked at stays where it is.
    one.focus({ preventScroll: one === box });
    if (document.activeElement === one) return true;
  }
  return false;
}
