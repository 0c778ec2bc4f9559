import { MAX_NAME_LENGTH } from '@loa/shared/broadcasts/commands';
import { toPlainText } from '@loa/shared/protocol/text';
import { Microphone } from '#lib/audio/microphone.svelte.ts';
import { createDoors } from '#lib/live/doors.svelte.ts';
import { LiveStore, setLive } from '#lib/live/live-store.svelte.ts';
import { EmergencyToll, setToll } from '../emergency/emergency-toll.svelte.ts';
import { LibraryStore, setLibrary } from '../library/library-store.svelte.ts';
import { Recording, setRecording } from '../library/recording.svelte.ts';
import { DeskDraft, setDrafts } from './desk-draft.svelte.ts';
import { leavesNode } from './leave-node.ts';
import { Presenter } from './presenter.svelte.ts';
import { setPresenters } from './presenters.ts';

const NAME_KEY = 'loa.name';
const WATCH_INTERVAL_MS = 1_000;

/** Everything that lives as long as the studio is open in this tab, given to the pages by context. */
export class StudioSession {
  readonly live: LiveStore;
  readonly microphone = new Microphone();
  readonly desk: Presenter;
  readonly emergency: Presenter;
  readonly drafts = { desk: new DeskDraft('desk', 1, 'none'), emergency: new DeskDraft('emergency', 3, 'attention') };
  readonly library: LibraryStore;
  readonly recording = setRecording(new Recording());
  name = $state('');
  #watch: ReturnType<typeof setInterval> | undefined;
  #restored = false;
  /** What the emergency of this tab took, kept while people walk through the pages. */
  readonly toll = new EmergencyToll();

  readonly microphoneOnAir = $derived.by(() =>
    [this.desk, this.emergency].some((presenter) => presenter.running && presenter.view?.source.kind === 'live'),
  );

  /** Must be made while a component is set up: it provides contexts. */
  constructor(doorUrls: readonly string[]) {
    this.live = setLive(new LiveStore(createDoors(doorUrls)));
    this.desk = new Presenter('desk', this.live, this.microphone);
    this.emergency = new Presenter('emergency', this.live, this.microphone);
    this.library = setLibrary(new LibraryStore(this.live));
    setPresenters({ microphone: this.microphone, desk: this.desk, emergency: this.emergency });
    setDrafts(this.drafts);
    setToll(this.toll);
  }

  open(): void {
    this.name = localStorage.getItem(NAME_KEY) ?? '';
    this.microphone.restore();
    this.drafts.desk.restore();
    this.drafts.emergency.restore();
    this.#restored = true;
    this.live.open(this.name);
    this.desk.restore();
    this.emergency.restore();
    void this.library.load();
    this.#watch = setInterval(() => {
      this.#leaveIfDue();
      this.desk.tick();
      this.emergency.tick();
      this.toll.follow(this.emergency.broadcastId, this.live);
    }, WATCH_INTERVAL_MS);
  }

  close(): void {
    clearInterval(this.#watch);
    this.desk.close();
    this.emergency.close();
    this.microphone.close();
    this.recording.discard();
    this.library.close();
    this.live.close();
  }

  /** The name that the others see; it goes to the server with the next connection. */
  rename(name: string): void {
    this.name = toPlainText(name, MAX_NAME_LENGTH);
    localStorage.setItem(NAME_KEY, this.name);
    this.live.reconnectAs(this.name);
  }

  #leaveIfDue(): void {
    if (leavesNode(this.live.leave, [this.desk, this.emergency])) this.live.moveOn();
  }

  /** Called again whenever something that it reads has changed. */
  follow(): void {
    // An emergency is spoken into its own zones only: those of the desk, which may be others, hear nothing of it.
    this.desk.silence(this.emergency.takesMicrophone);
    this.desk.follow();
    this.emergency.follow();
    // After these: what was said of the node that was left says nothing of the one that the page has come to.
    this.#leaveIfDue();
    this.toll.follow(this.emergency.broadcastId, this.live);
    if (!this.#restored) return;
    this.drafts.desk.save();
    this.drafts.emergency.save();
  }
}
