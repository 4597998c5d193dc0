// One node's connection to the simulated disk: a journal as the kernel knows it, whose operations take time and fail as the weather has it.
// Commits may overlap: they land in order, and behind one that failed all are refused until the connection is made anew.
import { type CommitBatch, type Journal, JournalFailure, type JournalHead, memoryJournal } from '../../runtime/index.ts';
import type { SimulatedDisk } from './disk.ts';
import { ALWAYS, type Owner } from './timeline.ts';

interface Waiting {
  readonly batch: CommitBatch;
  readonly resolve: (newChildren: number) => void;
  readonly reject: (error: unknown) => void;
}

/** A state that this disk never takes: of who has acted on what was told under such a tag. */
const isCursed = ({ actors }: CommitBatch): boolean => actors.put.some(({ snapshot }) => snapshot.includes('"cursed-'));

type Fate = 'lands' | 'refused' | 'vanished' | 'unconfirmed' | 'unwritable';

export class DiskConnection {
  readonly owner: Owner;
  readonly #disk: SimulatedDisk;
  readonly #name: string;
  readonly #inner: Journal;
  readonly #tookOver: (nodeEpoch: number) => void;
  #waiting: Waiting[] = [];
  #writing = false;
  #broken = false;

  constructor(disk: SimulatedDisk, owner: Owner, name: string, tookOver: (nodeEpoch: number) => void) {
    this.owner = owner;
    this.#disk = disk;
    this.#name = name;
    this.#tookOver = tookOver;
    this.#inner = memoryJournal({ store: disk.store });
  }

  /** What the kernel sees of it. All but writes are one kind of operation, whatever the port may come to ask. */
  get journal(): Journal {
    const own: Partial<Journal> = {
      description: 'simulated',
      open: () => this.#open(),
      commit: (batch) => this.#commit(batch),
      recover: () => this.#recover(),
      mark: (name) => this.#mark(name),
      close: () => this.#close(),
    };
    return new Proxy(this.#inner, {
      get: (inner, name) => {
        const asked = own[name as keyof Journal] ?? inner[name as keyof Journal];
        if (typeof asked !== 'function' || name in own) return asked;
        const read = asked.bind(inner) as (...args: unknown[]) => Promise<unknown>;
        return (...args: unknown[]) => this.#operate([name, ...args.map((arg) => (typeof arg === 'string' ? arg : ''))].join(' ').trim(), () => read(...args));
      },
    });
  }

  #open(): Promise<JournalHead> {
    return this.#operate('open', async () => {
      const head = await this.#inner.open();
      this.#tookOver(head.nodeEpoch);
      return head;
    });
  }

  #commit(batch: CommitBatch): Promise<number> {
    if (!this.owner.alive) return new Promise(() => undefined);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      if (this.#disk.around.mayDie(this.owner, `as batch ${batch.number} is written`)) return;
      this.#write();
    });
  }

  #mark(name: string | null): void {
    if (this.owner.alive) this.#inner.mark(name);
  }

  #recover(): Promise<JournalHead> {
    return this.#operate('recover', () => {
      for (const { batch, reject } of this.#waiting.splice(0)) reject(new JournalFailure('environment', 'failed', `batch ${batch.number} was behind one that failed`));
      this.#broken = false;
      return this.#inner.recover();
    });
  }

  #close(): Promise<void> {
    return this.#operate('close', async () => {
      await this.#inner.close();
      this.#disk.flush();
    });
  }

  /** Its process died: the batch that was under way may have been whole by then. */
  cut(): void {
    const first = this.#waiting[0];
    this.#waiting = [];
    const { chance, trace } = this.#disk.around;
    if (first === undefined || this.#broken) return;
    if (isCursed(first.batch) || !chance.happens(0.4)) trace.note(`disk: batch ${first.batch.number} of ${this.#name} was torn, and is not there`);
    else void this.#land(first.batch).catch(() => undefined);
  }

  /** A read, or what is like one: it happens at one moment within the time that it takes. */
  #operate<T>(what: string, happen: () => Promise<T>): Promise<T> {
    if (!this.owner.alive) return new Promise(() => undefined);
    const { around } = this.#disk;
    return new Promise((resolve, reject) => {
      around.time.after(this.#latency(), this.owner, () => {
        const failure = this.#failureOfRead(what);
        const answer = failure === undefined ? happen() : Promise.reject(failure);
        answer.then(
          (value) => void around.time.after(this.#latency(), this.owner, () => resolve(value)),
          (error: unknown) => void around.time.after(this.#latency(), this.owner, () => reject(error)),
        );
      });
    });
  }

  #failureOfRead(what: string): JournalFailure | undefined {
    const { chance, weather, time, trace } = this.#disk.around;
    if (this.#disk.downUntil <= time.now && !chance.happens(weather.unreadable)) return undefined;
    trace.note(`disk: ${what} of ${this.#name} fails`);
    return new JournalFailure('environment', 'failed', `planned: ${what}`);
  }

  #write(): void {
    const first = this.#waiting[0];
    if (first === undefined || this.#writing || !this.owner.alive) return;
    this.#writing = true;
    this.#disk.around.time.after(this.#latency(), ALWAYS, () => {
      this.#writing = false;
      if (this.#waiting[0] !== first) {
        this.#write();
        return;
      }
      this.#waiting.shift();
      void this.#happen(first);
    });
  }

  async #happen({ batch, resolve, reject }: Waiting): Promise<void> {
    const { time, trace } = this.#disk.around;
    const fate = this.#broken ? 'refused' : this.#fate(batch);
    if (fate !== 'lands') trace.note(`disk: batch ${batch.number} of ${this.#name} is ${fate}`);
    const outcome = fate === 'lands' || fate === 'unconfirmed' ? await this.#land(batch).catch(asFailure) : failureOf(fate);
    const told = fate === 'unconfirmed' && typeof outcome === 'number' ? failureOf(fate) : outcome;
    if (typeof told !== 'number') this.#broken = true;
    if (this.#disk.around.mayDie(this.owner, `behind batch ${batch.number}`)) return;
    time.after(this.#latency(), this.owner, () => (typeof told === 'number' ? resolve(told) : reject(told)));
    this.#write();
  }

  #fate(batch: CommitBatch): Fate {
    const { chance, weather, time } = this.#disk.around;
    if (this.#disk.downUntil > time.now) return 'vanished';
    if (isCursed(batch)) return 'unwritable';
    for (const fate of ['refused', 'vanished', 'unconfirmed'] as const) if (chance.happens(weather.commit[fate])) return fate;
    return 'lands';
  }

  async #land(batch: CommitBatch): Promise<number> {
    const { trace } = this.#disk.around;
    const newChildren = await this.#inner.commit(batch);
    this.#disk.landed(batch);
    trace.note(`disk: batch ${batch.number} of ${this.#name}: ${contentOf(batch)}`);
    return newChildren;
  }

  #latency(): number {
    const { chance, weather } = this.#disk.around;
    return chance.happens(weather.slow) ? chance.between(5, 60) : chance.between(0.02, 0.8);
  }
}

function failureOf(fate: Exclude<Fate, 'lands'>): JournalFailure {
  if (fate === 'unwritable') return new JournalFailure('statement', 'failed', 'planned: unwritable');
  return new JournalFailure('environment', fate === 'refused' ? 'failed' : 'unknown', `planned: ${fate}`);
}

function asFailure(error: unknown): unknown {
  return error;
}

function contentOf({ actors, mail, timers, effects, children, receipts, deadLetters }: CommitBatch): string {
  const parts = [
    ...actors.put.map(({ address, epoch, step }) => `${address} ${epoch}.${step}`),
    ...actors.remove.map((address) => `-${address}`),
    ...mail.put.map(({ seq, state, attempts, envelope }) => `mail ${seq} ${envelope.to} ${state} ${attempts}`),
    ...mail.remove.map((seq) => `-mail ${seq}`),
    ...timers.put.map(({ address, key }) => `timer ${address} ${key}`),
    ...timers.remove.map(({ address, key }) => `-timer ${address} ${key}`),
    ...effects.put.map(({ key, state }) => `effect ${key} ${state}`),
    ...effects.remove.map((key) => `-effect ${key}`),
    ...children.put.map(({ parent, id }) => `child ${parent}/${id}`),
    ...children.remove.map(({ parent, id }) => `-child ${parent}/${id}`),
    ...receipts.put.map(({ address, id, reply }) => `receipt ${address} ${id}${reply === null ? '' : ' answered'}`),
    ...deadLetters.map(({ reason, envelope }) => `dead ${reason} ${envelope.to} ${envelope.message.type}`),
  ];
  return parts.join(', ') || 'nothing';
}
