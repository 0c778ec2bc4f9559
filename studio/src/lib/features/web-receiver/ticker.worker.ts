const TICK_MS = 50;
setInterval(() => self.postMessage(null), TICK_MS);
