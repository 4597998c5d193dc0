// The deterministic driver: does the steps that a plan spells out, in order, and stops at the first that did not succeed.
// Every side effect goes out as a request; the driver itself touches nothing.
import { codedError } from '../../runtime/errors.ts';
import { type Filled, fillShellTemplate, fillTemplate } from '../plan/template.ts';
import type { RequestSubmission, TurnOrder, TurnOutcome } from '../work/ports.ts';
import type { Action, PlannedStep, RequestType, StepOutcome } from '../work/types.ts';

export interface OutgoingMessage {
  /** The same when the step is done again in this attempt: the receiver takes it once. */
  readonly id: string;
  readonly planId: string;
  readonly taskId: string;
  readonly step: number;
  readonly attempt: number;
  readonly to: string;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What a driver may do. */
export interface DriverPort {
  /** Resolves once the request is settled. */
  submit(submission: RequestSubmission): Promise<StepOutcome>;
  message(message: OutgoingMessage): Promise<void>;
  /** Aborts when the turn is cancelled. */
  readonly signal: AbortSignal;
  /** For people who watch. */
  note(text: string): void;
}

type RequestKind = Exclude<PlannedStep['kind'], 'message'>;

const REQUEST_TYPE = {
  bash: 'BASH_COMMAND',
  file: 'FILE_OPERATION',
  api: 'API_CALL',
  query: 'DATABASE_QUERY',
  deploy: 'DEPLOYMENT',
} as const satisfies Record<RequestKind, RequestType>;

/** Rejects only when the node cannot be reached any more; everything else is an outcome. */
export async function runPlaybook(order: TurnOrder, port: DriverPort): Promise<TurnOutcome> {
  const done: StepOutcome[] = [];
  for (const [index, step] of order.steps.entries()) {
    if (port.signal.aborted) return { status: 'cancelled' };
    const known = order.results[index];
    if (known !== undefined) port.note(`step ${index}: done before`);
    const outcome = known ?? (await takeStep(order, port, index, step, done));
    const end = endOf(index, outcome);
    if (end !== undefined) return end;
    done.push(outcome);
  }
  return { status: 'succeeded' };
}

/** Undefined: the next step may go. */
function endOf(index: number, { status, error, exitCode }: StepOutcome): TurnOutcome | undefined {
  if (status === 'succeeded') return undefined;
  if (status === 'interrupted' || status === 'cancelled') return { status, ...(error === undefined ? {} : { error }) };
  if (status === 'skipped') return { status: 'cancelled', error: error ?? { code: 'StepSkipped', message: `step ${index} was skipped` } };
  return { status: 'failed', error: error ?? { code: 'StepFailed', message: `step ${index} ${status}${exitCode === undefined ? '' : ` with exit code ${exitCode}`}` } };
}

async function takeStep(order: TurnOrder, port: DriverPort, index: number, step: PlannedStep, done: readonly StepOutcome[]): Promise<StepOutcome> {
  const filled = fillStep(step, { ...order.variables, steps: done.map(visible) });
  if (!filled.ok) return refused(codedError('TemplateUnfilled', { step: index, field: filled.field, problem: UNFILLED[filled.reason] }));
  const { planId, taskId, attempt } = order;
  const about = { id: `${planId}.${taskId}.${index}.${attempt}`, planId, taskId, step: index, attempt };
  if (step.kind === 'message') return sendMessage(port, about, filled.payload);
  const action = { type: REQUEST_TYPE[step.kind], payload: filled.payload } as unknown as Action;
  port.note(describe(index, step.kind, filled.payload));
  return port.submit({ ...about, action, idempotent: step.idempotent, ...(step.timeoutMs === undefined ? {} : { timeoutMs: step.timeoutMs }) });
}

function refused({ code, message }: { readonly code: string; readonly message: string }): StepOutcome {
  return { status: 'failed', error: { code, message } };
}

type About = Pick<OutgoingMessage, 'id' | 'planId' | 'taskId' | 'step' | 'attempt'>;

async function sendMessage(port: DriverPort, about: About, filled: Payload): Promise<StepOutcome> {
  const { to, type, payload } = filled as { readonly to: string; readonly type: string; readonly payload?: Payload };
  port.note(`step ${about.step}: message ${type} to ${to}`);
  try {
    await port.message({ ...about, to, type, payload: payload ?? {} });
    return { status: 'succeeded' };
  } catch (error) {
    if (port.signal.aborted) return { status: 'cancelled' };
    return refused(codedError('MessageRefused', { step: about.step, to, problem: error instanceof Error ? error.message : String(error) }));
  }
}

type Payload = Readonly<Record<string, unknown>>;

const UNFILLED = {
  missing: 'has no value',
  malformed: 'is no template: write {{task.field}}',
  unplaceable: 'cannot stand there: give it a word of its own in the command',
} as const;

/** A command's templates become quoted words: what an earlier step printed never becomes code. */
function fillStep(step: PlannedStep, variables: Payload): { readonly ok: true; readonly payload: Payload } | (Filled<never> & { readonly ok: false }) {
  const { command, ...rest } = step.payload;
  const others = fillTemplate(rest, variables);
  if (!others.ok) return others;
  const payload = others.value as Payload;
  if (step.kind !== 'bash' || typeof command !== 'string') return { ok: true, payload: command === undefined ? payload : { ...payload, command } };
  const filled = fillShellTemplate(command, variables);
  return filled.ok ? { ok: true, payload: { ...payload, command: filled.value } } : filled;
}

/** How later steps see an outcome: texts without the newline that ends them, as the shell's `$( )` gives them. */
function visible(outcome: StepOutcome): Payload {
  const trimmed = (text: string | undefined): string | undefined => text?.replace(/\n+$/, '');
  return { ...outcome, stdout: trimmed(outcome.stdout), stderr: trimmed(outcome.stderr) };
}

function describe(index: number, kind: RequestKind, payload: Payload): string {
  const texts = { bash: ['command'], file: ['op', 'path'], api: ['method', 'url'], query: ['sql'], deploy: ['environment', 'version'] }[kind];
  return `step ${index}: ${kind} ${texts.map((name) => String(payload[name] ?? '')).join(' ')}`;
}
