import { describe, expect, it } from 'vitest';
import { type DriverPort, type OutgoingMessage, runPlaybook } from '../../../actors/driver/playbook.ts';
import type { RequestSubmission, TurnOrder } from '../../../actors/work/ports.ts';
import type { PlannedStep, StepOutcome } from '../../../actors/work/types.ts';
import { codedError } from '../../../runtime/errors.ts';

const bash = (command: string, more: Partial<PlannedStep> = {}): PlannedStep => ({ kind: 'bash', payload: { command }, idempotent: false, ...more });
const turn = (steps: readonly PlannedStep[], more: Partial<TurnOrder> = {}): TurnOrder => ({
  turn: 'turn-1',
  planId: 'p',
  taskId: 't',
  agent: 'testing',
  attempt: 2,
  steps,
  results: {},
  variables: {},
  workspace: '/w',
  ...more,
});

function port(answers: readonly StepOutcome[] = [], signal = new AbortController().signal) {
  const submitted: RequestSubmission[] = [];
  const messages: OutgoingMessage[] = [];
  const notes: string[] = [];
  const driver: DriverPort = {
    signal,
    submit: async (submission) => {
      submitted.push(submission);
      return answers[submitted.length - 1] ?? { status: 'succeeded', exitCode: 0, stdout: `out ${submission.step}\n` };
    },
    message: async (message) => void messages.push(message),
    note: (text) => notes.push(text),
  };
  return { driver, submitted, messages, notes };
}
const commands = (submitted: readonly RequestSubmission[]): unknown[] => submitted.map(({ action }) => (action.payload as { command?: string }).command);

describe('the playbook', () => {
  it('submits every step as a request under its business key, in order', async () => {
    const { driver, submitted } = port();
    const steps: PlannedStep[] = [
      bash('npm run lint', { idempotent: true, timeoutMs: 500 }),
      { kind: 'file', payload: { op: 'read', path: 'a' }, idempotent: false },
      { kind: 'api', payload: { method: 'GET', url: 'http://x' }, idempotent: false },
      { kind: 'query', payload: { database: 'd', dialect: 'sqlite', sql: 'select 1' }, idempotent: false },
      { kind: 'deploy', payload: { environment: 'staging', version: '1' }, idempotent: false },
    ];
    expect(await runPlaybook(turn(steps), driver)).toEqual({ status: 'succeeded' });
    expect(submitted.map(({ id, action }) => [id, action.type])).toEqual([
      ['p.t.0.2', 'BASH_COMMAND'],
      ['p.t.1.2', 'FILE_OPERATION'],
      ['p.t.2.2', 'API_CALL'],
      ['p.t.3.2', 'DATABASE_QUERY'],
      ['p.t.4.2', 'DEPLOYMENT'],
    ]);
    expect(submitted[0]).toEqual({
      id: 'p.t.0.2',
      planId: 'p',
      taskId: 't',
      step: 0,
      attempt: 2,
      action: { type: 'BASH_COMMAND', payload: { command: 'npm run lint' } },
      idempotent: true,
      timeoutMs: 500,
    });
  });

  it('stops at the first step that does not succeed, and says how the turn ended', async () => {
    const error = { code: 'StepTimeout', message: 'too slow' };
    const ends = [
      [
        { status: 'failed', error },
        { status: 'failed', error },
      ],
      [
        { status: 'failed', exitCode: 1 },
        { status: 'failed', error: { code: 'StepFailed', message: 'step 1 failed with exit code 1' } },
      ],
      [
        { status: 'denied', error },
        { status: 'failed', error },
      ],
      [{ status: 'interrupted' }, { status: 'interrupted' }],
      [{ status: 'cancelled' }, { status: 'cancelled' }],
      [{ status: 'skipped' }, { status: 'cancelled', error: { code: 'StepSkipped', message: 'step 1 was skipped' } }],
    ] as const;
    for (const [outcome, end] of ends) {
      const { driver, submitted } = port([{ status: 'succeeded' }, outcome]);
      expect(await runPlaybook(turn([bash('a'), bash('b'), bash('c')]), driver)).toEqual(end);
      expect(submitted).toHaveLength(2);
    }
  });

  it('does not repeat steps whose results it was given, and later steps still see them', async () => {
    const { driver, submitted } = port();
    const results = { 0: { status: 'succeeded', stdout: 'kept\n\n' } as const };
    await runPlaybook(turn([bash('make'), bash('echo {{steps.0.stdout}} {{steps.0.status}}')], { results }), driver);
    expect(submitted.map(({ step }) => step)).toEqual([1]);
    expect(commands(submitted)).toEqual(["echo 'kept' 'succeeded'"]);
  });

  it('fills templates; in a command what was printed becomes one quoted word and never code', async () => {
    const { driver, submitted } = port();
    const variables = { lint: { stdout: "'; rm -rf / #" } };
    await runPlaybook(
      turn([bash('echo {{lint.stdout}}'), { kind: 'file', payload: { op: 'write', path: 'R.md', content: 'lint: {{lint.stdout}}' }, idempotent: true }], { variables }),
      driver,
    );
    expect(commands(submitted)[0]).toBe(`echo ''\\''; rm -rf / #'`);
    expect(submitted[1]?.action.payload).toEqual({ op: 'write', path: 'R.md', content: "lint: '; rm -rf / #" });
  });

  it('fails a step whose template has no value, naming it, before anything is submitted', async () => {
    const { driver, submitted } = port();
    expect(await runPlaybook(turn([bash('echo {{lint.stdout}}')]), driver)).toEqual({
      status: 'failed',
      error: { code: 'TemplateUnfilled', message: "step 0: '{{lint.stdout}}' has no value" },
    });
    expect(submitted).toEqual([]);
  });

  it('sends messages under an id that stays the same when the turn is run again', async () => {
    const { driver, messages, submitted } = port();
    const step: PlannedStep = { kind: 'message', payload: { to: 'database', type: 'note', payload: { text: '{{plan.id}}' } }, idempotent: true };
    await runPlaybook(turn([step], { variables: { plan: { id: 'p' } } }), driver);
    expect(messages).toEqual([{ id: 'p.t.0.2', planId: 'p', taskId: 't', step: 0, attempt: 2, to: 'database', type: 'note', payload: { text: 'p' } }]);
    expect(submitted).toEqual([]);
  });

  it('fails the step when a message is not taken', async () => {
    const { driver } = port();
    const refusing = { ...driver, message: () => Promise.reject(codedError('NoSuchActor', { address: 'agents/nobody' })) };
    const step: PlannedStep = { kind: 'message', payload: { to: 'nobody', type: 'note' }, idempotent: true };
    expect(await runPlaybook(turn([step]), refusing)).toMatchObject({ status: 'failed', error: { code: 'MessageRefused' } });
  });

  it('begins nothing once it is cancelled', async () => {
    const cancel = new AbortController();
    const { driver, submitted } = port([], cancel.signal);
    const cancelling = { ...driver, submit: (submission: RequestSubmission) => driver.submit(submission).finally(() => cancel.abort()) };
    expect(await runPlaybook(turn([bash('a'), bash('b')]), cancelling)).toEqual({ status: 'cancelled' });
    expect(submitted).toHaveLength(1);
  });
});
