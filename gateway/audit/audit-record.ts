// Facts as people read them: who did what, when, why, under which epoch and behind which hash. Secrets are masked here; the journal's own
// text is what the hashes are over, and stays where it is.
import { type FactRow, maskSecrets, readSteps, type StepRecord } from '../../runtime/index.ts';

export interface AuditRecord {
  /** The fact's number; the transitions of one batch are one fact. */
  readonly fact: number;
  readonly batch: number;
  /** Wall time, ms. */
  readonly at: number;
  /** `message` for a message that an actor took. */
  readonly kind: string;
  /** Person, agent or actor. */
  readonly who: string | null;
  /** What it is about. */
  readonly what: string | null;
  readonly why: string | null;
  /** The activation of the actor that it comes from; null for what comes from none, as a refusal at a door. */
  readonly epoch: number | null;
  /** The hash of the chain before the fact's batch. */
  readonly previousHash: string;
  readonly body: unknown;
}

type Body = Readonly<Record<string, unknown>>;

export interface Chained {
  /** The facts of one batch, whole. */
  readonly facts: readonly FactRow[];
  readonly previousHash: string;
}

/** Of one batch, in order. */
export function recordsOf({ facts, previousHash }: Chained): readonly AuditRecord[] {
  const epochs = new Map<unknown, unknown>();
  const read = facts.map((fact) => ({ ...fact, content: contentOf(fact) }));
  for (const { kind, content } of read) if (kind === 'steps') for (const step of content as readonly StepRecord[]) epochs.set(step.address, step.epoch);
  return read.flatMap(({ seq, batch, at, kind, content }) => {
    const chained = { fact: seq, batch, previousHash };
    if (kind === 'steps') return (content as readonly StepRecord[]).map((step) => ({ ...chained, ...messageOf(step) }));
    const body = (typeof content === 'object' && content !== null ? content : {}) as Body;
    const epoch = epochs.get(body.address);
    return [{ ...chained, at, kind, who: whoOf(body), what: firstText(body, WHAT), why: whyOf(body), epoch: typeof epoch === 'number' ? epoch : null, body: maskSecrets(content) }];
  });
}

function contentOf({ kind, body }: FactRow): unknown {
  const content: unknown = JSON.parse(body);
  return kind === 'steps' ? readSteps(content as readonly unknown[]) : content;
}

function messageOf(step: StepRecord): Omit<AuditRecord, 'fact' | 'batch' | 'previousHash'> {
  const { address, at, epoch, type, from, to, cause } = step;
  const moved = JSON.stringify(from) === JSON.stringify(to) ? '' : `: ${stateText(from)} to ${stateText(to)}`;
  return {
    at: Number(at),
    kind: 'message',
    who: String(address),
    what: `${String(type)}${moved}`,
    why: cause === null ? null : `because of ${String(cause)}`,
    epoch: Number(epoch),
    body: maskSecrets(step),
  };
}

const stateText = (state: unknown): string => (typeof state === 'string' ? state : JSON.stringify(state ?? null));

const WHO = ['by', 'decidedBy', 'caller', 'voter', 'openedBy', 'subject', 'agent', 'from', 'user', 'remote', 'address'] as const;
const WHAT = ['id', 'request', 'round', 'planId', 'key', 'what', 'operation', 'name', 'address', 'door', 'client', 'user', 'subject'] as const;
const WHY = ['why', 'reason', 'problem', 'text', 'code'] as const;

function firstText(body: Body, names: readonly string[]): string | null {
  const name = names.find((one) => typeof body[one] === 'string' && body[one] !== '');
  return name === undefined ? null : String(body[name]);
}

const whoOf = (body: Body): string | null => firstText(body, WHO);

/** As said, or as the gate found. */
function whyOf(body: Body): string | null {
  const { level, findings } = (body.verdict ?? {}) as { readonly level?: unknown; readonly findings?: ReadonlyArray<{ readonly why?: unknown }> };
  const found = typeof level === 'string' ? `${level}: ${(findings ?? []).map(({ why }) => String(why)).join('; ')}` : null;
  return firstText(body, WHY) ?? found;
}
