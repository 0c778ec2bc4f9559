import type { Page } from '@playwright/test';

/** The page's line to the door: what the page says arrives, what the door says can be kept back. */
export interface DoorLine {
  /** From now on the page hears nothing of the door, not even that it is there. */
  silence(): void;
  /** The door is heard again; what it said on lines that are closed by now is lost. */
  restore(): void;
}

/** To be called before the page is opened. */
export async function tapDoorLine(page: Page): Promise<DoorLine> {
  let silent = false;
  let kept: Array<() => void> = [];
  await page.routeWebSocket(/socket\.io/, (line) => {
    const door = line.connectToServer();
    let open = true;
    line.onClose(() => {
      open = false;
      void door.close();
    });
    line.onMessage((message) => door.send(message));
    door.onMessage((message) => {
      const tell = () => {
        if (open) line.send(message);
      };
      if (silent) kept.push(tell);
      else tell();
    });
  });
  return {
    silence: () => (silent = true),
    restore() {
      silent = false;
      for (const tell of kept) tell();
      kept = [];
    },
  };
}
