// The journal port: the durable record of mailboxes, snapshots, timers, effects, children, receipts, dead letters and facts.
// A commit is all or nothing. Implementations: memory and SQLite under one contract suite (test/runtime/journal-contract.ts).
import type { Address } from './address.ts';
import type { Envelope, Priority } from './envelope.ts';

/** One actor's state. `snapshot` is JSON text, written only as the newest of a batch. */
export interface ActorRow {
  readonly address: Address;
  /** Grows when a new actor takes over the address (K25). */
  readonly incarnation: number;
  /** Grows at each activation (K27); fences late results. */
  readonly epoch: number;
  /** Version of the behaviour that wrote the snapshot (K28). */
  readonly version: string;
  readonly status: 'active' | 'done' | 'quarantined';
  readonly snapshot: string;
  /** Number of committed steps. */
  readonly step: number;
  /** Numbers effects, at each state entry (K18). */
  readonly effectCount: number;
  /** Return addresses kept by deferReply, by name (K23). JSON text. */
  readonly deferred: string;
  /** Poisoned messages in a row without a good step between (K12). */
  readonly poisoned: number;
  /** Wall time, ms. */
  readonly updatedAt: number;
}

export interface MailRow {
  /** Arrival order over the whole node; never reused. */
  readonly seq: number;
  readonly state: 'queued' | 'postponed';
  /** Failed steps so far (K12). */
  readonly attempts: number;
  readonly envelope: Envelope;
}

export interface TimerRow {
  readonly address: Address;
  /** XState's send id, or a generated one (K20). */
  readonly key: string;
  readonly incarnation: number;
  /** Distinguishes a timer from the one of the same key that it replaced. */
  readonly generation: number;
  readonly dueAt: number;
  readonly delayMs: number;
  /** Whom the message is for; the actor itself for `after`. */
  readonly to: Address;
  /** The message, JSON text. */
  readonly event: string;
}

export type EffectState = 'scheduled' | 'started' | 'settled';
export type EffectOutcome = 'not_started' | 'done' | 'failed' | 'unknown';

export interface EffectRow {
  readonly key: string;
  readonly address: Address;
  readonly incarnation: number;
  readonly epoch: number;
  /** The order in which effects start (K16). */
  readonly seq: number;
  /** XState's child id. */
  readonly childId: string;
  readonly src: string;
  /** JSON text. */
  readonly input: string;
  readonly idempotent: boolean;
  readonly state: EffectState;
  readonly outcome: EffectOutcome | null;
  /** Output or error as JSON text, once settled. */
  readonly result: string | null;
}

/** A child of a durable dynamic supervisor (K25). */
export interface ChildRow {
  readonly parent: Address;
  readonly id: string;
  /** Start order among all rows. */
  readonly seq: number;
  readonly template: string;
  /** JSON text. */
  readonly input: string;
  readonly incarnation: number;
}

export type TieKind = 'monitor' | 'link' | 'group' | 'name';

/** What binds a durable actor to another, to a group or to a name. A link between two durable actors is two rows. */
export interface TieRow {
  readonly kind: TieKind;
  readonly holder: Address;
  /** The other actor's address, the group, the name. */
  readonly other: string;
}

/** Something that a person ought to know of, for as long as its reason lasts. */
export interface AlertRow {
  /** `<kind>:<address>`, or the kind alone: there is one of each. */
  readonly id: string;
  readonly kind: string;
  readonly severity: 'critical' | 'warning';
  readonly address: Address | null;
  /** What is wrong and what to do about it. */
  readonly text: string;
  /** Wall time, ms. */
  readonly raisedAt: number;
}

export interface ReceiptRow {
  readonly address: Address;
  readonly id: string;
  /** JSON text of `{ok, value}`; null while only accepted. */
  readonly reply: string | null;
  readonly expiresAt: number;
}

export const DEAD_LETTER_REASONS = ['noproc', 'invalid', 'unhandled', 'poisoned', 'expired', 'cancelled', 'stale', 'quarantined'] as const;
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];

export interface DeadLetterRow {
  readonly seq: number;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly at: number;
  readonly envelope: Envelope;
}

export interface FactRow {
  /** Without gaps over the whole journal. */
  readonly seq: number;
  readonly batch: number;
  readonly at: number;
  readonly kind: string;
  /** JSON text. */
  readonly body: string;
}

/** One hash a batch over its facts and the hash before (K34). */
export interface ChainRow {
  readonly batch: number;
  readonly firstFact: number;
  readonly lastFact: number;
  readonly hash: string;
  /** A mark of each fact but the last, one behind the other, or as an older version wrote it a hash; null in a batch of one before that. */
  readonly factHashes: string | null;
}

/** Behind this fact, which ends this batch, the chain begins that a journal still holds. */
export interface ChainStart {
  readonly fact: number;
  readonly batch: number;
  readonly hash: string;
}

/** Kinds and bodies of a batch's facts as its hash covers them: each behind a break, in order, cut wherever is handy. */
export interface FactsText {
  /** Of all of them; one by one where they differ. */
  readonly at: number | readonly number[];
  readonly pieces: ReadonlyArray<string | Uint8Array>;
}

/**
 * Mail of an actor that ends, which nobody has read: rows up to `upTo` become dead letters where they are, in the order of their arrival. What
 * tells of the end of another is only taken away.
 */
export interface Burial {
  readonly address: Address;
  readonly upTo: number;
  /** The rest is for the next actor there (K25). */
  readonly asksOnly: boolean;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly at: number;
  /** Numbers that are kept for its dead letters; no more rows are taken. */
  readonly firstLetter: number;
  readonly letters: number;
}

/** Final state of every touched row. Removals are applied before burials, and these before puts, table by table. */
export interface CommitBatch {
  readonly number: number;
  readonly nodeEpoch: number;
  readonly actors: { readonly put: readonly ActorRow[]; readonly remove: readonly Address[] };
  readonly mail: { readonly put: readonly MailRow[]; readonly remove: readonly number[]; readonly bury?: readonly Burial[] };
  readonly timers: { readonly put: readonly TimerRow[]; readonly remove: ReadonlyArray<{ address: Address; key: string }> };
  readonly effects: { readonly put: readonly EffectRow[]; readonly remove: readonly string[] };
  /** A row that is there is left as it is by a put. `awake` says of rows whether they are started at boot though nothing waits for them. */
  readonly children: {
    readonly put: readonly ChildRow[];
    readonly remove: ReadonlyArray<{ parent: Address; id: string }>;
    readonly awake?: ReadonlyArray<{ readonly parent: Address; readonly id: string; readonly awake: boolean }>;
  };
  readonly ties: { readonly put: readonly TieRow[]; readonly remove: readonly TieRow[] };
  readonly receipts: { readonly put: readonly ReceiptRow[]; readonly expiredBefore: number | null };
  readonly alerts?: { readonly put: readonly AlertRow[]; readonly remove: readonly string[] };
  /** All of them, when they have changed. */
  readonly suspects?: Suspects | undefined;
  /** The node has run long enough: unclean stops before it count no more. */
  readonly steady?: boolean | undefined;
  readonly deadLetters: readonly DeadLetterRow[];
  readonly facts: readonly FactRow[];
  /** Their text that the chain's hash covers, cut wherever is handy: a journal may keep that in the place of each fact. */
  readonly factPieces?: readonly string[];
  readonly chain: ChainRow | null;
  /** Counters after this batch; they never restart (K34). */
  readonly counters: Counters;
}

/** What was being stepped when a process died, by name, and how often: it may be what ends the process (K12). */
export type Suspects = Readonly<Record<string, number>>;

export interface Counters {
  readonly mail: number;
  readonly fact: number;
  readonly effect: number;
  readonly child: number;
  readonly deadLetter: number;
  readonly incarnation: number;
}

/** What a node must know to go on: read at open and after an unknown outcome (K10). */
export interface JournalHead {
  readonly era: string;
  /** Issued by the journal at open: one more than the last node's (K33). */
  readonly nodeEpoch: number;
  readonly lastBatch: number;
  readonly lastHash: string;
  readonly counters: Counters;
  /** Whether the node before closed in order (K29). */
  readonly cleanStop: boolean;
  /** How many nodes in a row, up to the one before, did not close in order (K29). */
  readonly uncleanStops: number;
  readonly suspects: Suspects;
  /** What the node before was stepping when it died, by name, if it said so. */
  readonly stepping: string | null;
}

/** Control is always read whole: it overtakes all that waits, and is about what waits (K22). */
export type SlicedPriority = Exclude<Priority, 'control'>;

/** How much mail of one priority is read at once: so many rows or bytes of envelopes, whichever come first, and one row at least. */
export interface SliceLimits {
  readonly messages: number;
  readonly bytes: number;
}

export interface MailSlice {
  /** By arrival. */
  readonly rows: readonly MailRow[];
  /** There are more behind them. */
  readonly more: boolean;
}

/** Queued rows that an image leaves where they are, as of a batch. */
export interface Unread {
  readonly rows: Readonly<Record<SlicedPriority, number>>;
  readonly asOf: number;
}

/** Everything the journal holds of one address. Mail, effects and timers in their order. */
export interface ActorImage {
  readonly actor: ActorRow | null;
  readonly mail: readonly MailRow[];
  /** Behind what was asked for; absent when all was read. */
  readonly unread?: Unread;
  readonly timers: readonly TimerRow[];
  readonly effects: readonly EffectRow[];
}

/**
 * Why a commit failed. `environment`: disk, lock, connection; retry later. `damaged`: the file itself; a person must see to it. `statement`: this batch cannot be written.
 * `fenced`: a newer node owns the journal; stop. With `outcome: 'unknown'` the truth must be read back (K10).
 */
export class JournalFailure extends Error {
  readonly kind: 'environment' | 'damaged' | 'statement' | 'fenced';
  readonly outcome: 'failed' | 'unknown';
  constructor(kind: JournalFailure['kind'], outcome: JournalFailure['outcome'], cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'JournalFailure';
    this.kind = kind;
    this.outcome = outcome;
  }
}

export interface Page {
  /** Rows with a larger seq. */
  readonly after: number;
  readonly limit: number;
}

/** By address, in the order of their characters' codes. */
export interface AddressPage {
  readonly after: Address;
  readonly limit: number;
}

/** Enough of a timer to know whom it wakes, and when. */
export type TimerPlace = Pick<TimerRow, 'dueAt' | 'address' | 'key' | 'delayMs'>;

export interface TimerPage {
  readonly after: Pick<TimerRow, 'dueAt' | 'address' | 'key'> | null;
  readonly limit: number;
}

export interface Journal {
  /** For people: 'memory', or 'sqlite /path/shared_inbox.db'. */
  readonly description: string;
  /** Opens, migrates, raises the node epoch. Rejects with JournalFailure or a coded error. */
  open(): Promise<JournalHead>;
  /** One transaction. Resolves with how many of its child rows were not there before. Rejects with JournalFailure. */
  commit(batch: CommitBatch): Promise<number>;
  /** After a failure: reopens and reads what is true, under the same node epoch. */
  recover(): Promise<JournalHead>;
  /** With a slice: of the queued mail of each priority below control only the first. */
  load(address: Address, slice?: SliceLimits): Promise<ActorImage>;
  /** Queued mail of one priority with a larger seq. */
  mail(address: Address, place: { readonly priority: SlicedPriority; readonly after: number }, slice: SliceLimits): Promise<MailSlice>;
  /** Queued mail under an id, whatever its priority: a search through all that waits for the address. */
  mailUnder(address: Address, id: string): Promise<readonly MailRow[]>;
  /** Addresses with an actor row, mail, timers or effects, for boot and for doctor; a page of them, or all. */
  addresses(page?: AddressPage): Promise<readonly Address[]>;
  children(parent: Address, page: Page): Promise<readonly ChildRow[]>;
  countChildren(parent: Address): Promise<number>;
  /** Children of a dynamic supervisor that a start of it must start: those that are awake, have mail, or have effects. By address. */
  wakes(parent: Address, page: AddressPage): Promise<readonly Address[]>;
  /** The earliest first, of all actors. */
  timers(page: TimerPage): Promise<readonly TimerPlace[]>;
  /** One child row of a dynamic supervisor. */
  child(parent: Address, id: string): Promise<ChildRow | undefined>;
  /** All of them: they are few beside the actors. By kind, holder and other. */
  ties(): Promise<readonly TieRow[]>;
  receipt(address: Address, id: string): Promise<ReceiptRow | undefined>;
  /** Those that are open, by id. */
  alerts(): Promise<readonly AlertRow[]>;
  facts(page: Page): Promise<readonly FactRow[]>;
  chain(page: Page): Promise<readonly ChainRow[]>;
  /**
   * The text of a batch's facts that its hash covers, where that is read faster than the facts one by one. Undefined when they are not all
   * there, of this batch and of one time.
   */
  factsText?(row: ChainRow): Promise<FactsText | undefined>;
  /** Behind what was dropped. Without it the chain begins with the first fact. */
  chainStart?(): Promise<ChainStart>;
  /**
   * Drops facts and chain up to the end of that batch, at most so many facts a call; from the first call on the chain begins behind them.
   * Resolves with whether none is left. What stands for them is the caller's care (K34). A journal without it keeps everything.
   */
  dropFacts?(upTo: ChainStart, limit: number): Promise<boolean>;
  deadLetters(page: Page): Promise<readonly DeadLetterRow[]>;
  /**
   * Which step begins, or that the last one has come back (null). A process that dies meanwhile leaves it behind for the next node; at once,
   * and never fails: where it cannot be written nobody is blamed.
   */
  mark(name: string | null): void;
  /** Marks an orderly stop and closes. */
  close(): Promise<void>;
}
