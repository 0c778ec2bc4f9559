import type { Logger } from 'pino';
import type { ReceiverId } from '@loa/shared/ids';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import type { PeerNews } from '../peers/peer-news.ts';
import type { Peers } from '../peers/peers.ts';
import { ProblemError } from '../problem-error.ts';
import type { EnrolledReceiver, ReceiverHome, ReceiverRepository } from '../repositories/receiver-repository.ts';
import { within } from '../within.ts';
import type { ZoneBook } from '../zones/zone-book.ts';
import type { LivePicture } from './live-picture.ts';
import { createReceiverShelf, type ReceiverShelf } from './receiver-shelf.ts';

/** A receiver that nobody has told the door about may have been enrolled a moment ago; a silent database does not keep it waiting. */
const FIND_WAIT_MS = 500;
const STORE_WAIT_MS = 1_000;
/** A browser or a receiver of a load test that was not heard of for this long is removed. */
export const FORGET_AFTER_MS = 30 * 24 * 3_600_000;

/** Which receivers there are and how they look: from the database, from this node's own connections and from other nodes. */
export interface ReceiverRoster {
  readonly shelf: ReceiverShelf;
  /** Throws `not-found`. */
  viewOf(id: ReceiverId): ReceiverView;
  /** Looks it up in the database if it is not known. */
  find(id: ReceiverId): Promise<ReceiverView | undefined>;
  /** How it is now; of no interest to the database. */
  show(view: ReceiverView): void;
  save(view: ReceiverView, home?: ReceiverHome): void;
  /** Settles when what was saved is kept; who changes something does not wait long for it. */
  untilStored(): Promise<unknown>;
  /** It is not connected here any more. */
  leave(id: ReceiverId): void;
  /** Shows what the database says; begins with it. */
  enrol(rows: readonly EnrolledReceiver[]): void;
  /** All of them as the database would say it. */
  rows(): EnrolledReceiver[];
  /** Takes over receivers that were enrolled or moved in the database; false: to be asked again. */
  followRows(): Promise<boolean>;
  /** ZT9: the tree is another one; every receiver stands in a zone of it. */
  followTree(): void;
  /** NP1: what other nodes say of a receiver has changed; `last`: what was said last. */
  followPeer(id: ReceiverId, last?: ReceiverView): void;
  /** Another node has taken it out of the list. */
  forgetElsewhere(id: ReceiverId): void;
  /** Takes one out of the list; what it has played stays. Throws `conflict` while it is online. */
  remove(id: ReceiverId): Promise<void>;
  /** Removes pages and load tests that have not been heard of for a long time; a loudspeaker is missed until staff removes it. */
  forgetGone(): void;
}

export interface ReceiverRosterOptions {
  readonly picture: LivePicture;
  readonly peers: Pick<Peers, 'viewOf'>;
  readonly news: Pick<PeerNews, 'receiver' | 'receiverLeft' | 'receiverRemoved'>;
  readonly book: ZoneBook;
  readonly receivers: ReceiverRepository;
  serverNow(): number;
  /** `rows` says something else now. */
  onRows(): void;
  /** Whether it is connected to this node. */
  isHere(id: ReceiverId): boolean;
  readonly log: Logger;
}

export function createReceiverRoster(options: ReceiverRosterOptions): ReceiverRoster {
  const { picture, peers, news, book, receivers, isHere, log } = options;
  const shelf = createReceiverShelf(receivers, (id) => picture.receiverById(id), log);

  const show = (view: ReceiverView) => {
    picture.setReceiver(view);
    news.receiver(view);
  };
  const save = (view: ReceiverView, home?: ReceiverHome) => {
    show(view);
    shelf.save(view.receiverId, home);
    options.onRows();
  };
  /** Shows a receiver where its home is now. */
  const place = (view: ReceiverView, home: ReceiverHome) => {
    const zoneId = book.placeOf(home.zoneId);
    if (zoneId === view.zoneId && picture.receiverById(view.receiverId)) return;
    if (isHere(view.receiverId)) show({ ...view, zoneId });
    else picture.setReceiver({ ...view, zoneId });
  };
  const enrol = (rows: readonly EnrolledReceiver[]) => {
    for (const { view, home } of rows) {
      shelf.learn(view.receiverId, home);
      place(picture.receiverById(view.receiverId) ?? view, home);
    }
    options.onRows();
  };
  const viewOf = (id: ReceiverId): ReceiverView => {
    const view = picture.receiverById(id);
    if (!view) throw new ProblemError('not-found', 'receiverId: no such receiver', { field: 'receiverId' });
    return view;
  };
  const untilStored = () => shelf.settled(STORE_WAIT_MS);
  const forget = (id: ReceiverId) => {
    picture.removeReceiver(id);
    news.receiverRemoved(id);
    shelf.remove(id);
    options.onRows();
  };

  return {
    shelf,
    viewOf,
    async find(id) {
      if (!picture.receiverById(id)) {
        const row = await within(receivers.find(id), FIND_WAIT_MS, 'the database').catch(() => null);
        if (row && !picture.receiverById(id)) enrol([row]);
      }
      return picture.receiverById(id);
    },
    show,
    save,
    untilStored,
    leave(id) {
      const elsewhere = peers.viewOf(id);
      if (elsewhere) {
        picture.setReceiver(elsewhere);
        news.receiverLeft(id);
        return;
      }
      const view = picture.receiverById(id);
      if (view) save({ ...view, online: false, report: null, lastSeenAt: Math.floor(options.serverNow()) });
    },
    enrol,
    rows: () =>
      [...picture.receivers].map((view) => ({
        view: { ...view, online: false, report: null },
        home: shelf.homeOf(view.receiverId) ?? { zoneId: view.zoneId, askedZone: null },
      })),
    async followRows() {
      const rows = await shelf.readRows();
      if (!rows) return false;
      enrol(rows);
      const enrolled = new Set(rows.map(({ view }) => view.receiverId));
      for (const { receiverId, online } of [...picture.receivers])
        if (!online && !enrolled.has(receiverId) && !shelf.isUnsaved(receiverId)) picture.removeReceiver(receiverId);
      return true;
    },
    followTree() {
      for (const view of [...picture.receivers]) {
        const home = shelf.homeOf(view.receiverId);
        if (home) place(view, home);
      }
    },
    followPeer(id, last) {
      if (isHere(id)) return;
      const before = picture.receiverById(id);
      const elsewhere = peers.viewOf(id) ?? last;
      if (elsewhere) picture.setReceiver(elsewhere);
      else if (before?.online) picture.setReceiver({ ...before, online: false, report: null });
    },
    forgetElsewhere(id) {
      if (!isHere(id)) picture.removeReceiver(id);
    },
    async remove(id) {
      if (viewOf(id).online)
        throw new ProblemError('conflict', 'receiverId: it is online; switch it off first', { field: 'receiverId' });
      forget(id);
      await untilStored();
    },
    forgetGone() {
      const before = options.serverNow() - FORGET_AFTER_MS;
      for (const { receiverId, kind, online, lastSeenAt } of [...picture.receivers])
        if ((kind === 'browser' || kind === 'fleet') && !online && lastSeenAt !== null && lastSeenAt < before)
          forget(receiverId);
    },
  };
}
