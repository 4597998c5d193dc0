// Verbs that change something: each is one operation of the table.
import { codedError } from '../../runtime/index.ts';
import { type Cli, jsonArgument, nodeOf, say } from './cli.ts';
import type { Verb } from './verb.ts';

async function act(cli: Cli, operation: string, input: object, text: (answer: Readonly<Record<string, unknown>>) => string): Promise<void> {
  const answer = await nodeOf(cli).call<Readonly<Record<string, unknown>>>(operation, input);
  say(cli, answer, () => text(answer));
}

/** Without what was not given. */
const given = (members: Readonly<Record<string, unknown>>): object => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

const list = (value: unknown): string[] | undefined => (typeof value === 'string' ? value.split(',').map((word) => word.trim()) : undefined);

const AGENT_VERBS: readonly Verb[] = [
  {
    name: 'spawn',
    summary: 'one more agent: like the agent of that name, or with that word as what it can do',
    args: ['<role>'],
    options: [
      ['--name <name>', 'its name; default <role>-<n>'],
      ['--driver <driver>', 'what thinks; default playbook'],
    ],
    example: 'troupe spawn testing --name testing-2',
    run: (cli, [role]) => act(cli, 'agent.spawn', given({ role, name: cli.options.name, driver: cli.options.driver }), ({ name, state }) => `${String(name)} is ${String(state)}`),
  },
  {
    name: 'interrupt',
    summary: "ends an agent's turn; the agent lives on",
    args: ['<agent>'],
    example: 'troupe interrupt testing',
    run: (cli, [agent]) => act(cli, 'agent.interrupt', { agent }, () => `${agent}: its turn was ended`),
  },
  {
    name: 'stop',
    summary: "ends an agent's session; its tasks go to others",
    args: ['<agent>'],
    example: 'troupe stop instagram',
    run: (cli, [agent]) => act(cli, 'agent.stop', { agent }, ({ state }) => `${agent} is ${String(state)}`),
  },
  {
    name: 'restart',
    summary: 'a new session for an agent',
    args: ['<agent>'],
    example: 'troupe restart testing',
    run: (cli, [agent]) => act(cli, 'agent.restart', { agent }, ({ state }) => `${agent} is ${String(state)}`),
  },
  { name: 'pause', summary: 'no agent takes another task', example: 'troupe pause', run: (cli) => act(cli, 'fleet.pause', {}, () => 'the fleet is paused') },
  { name: 'resume', summary: 'agents take tasks again', example: 'troupe resume', run: (cli) => act(cli, 'fleet.resume', {}, () => 'the fleet goes on') },
];

const MESSAGE_VERBS: readonly Verb[] = [
  {
    name: 'send',
    summary: 'a message: to an agent by its name, into its inbox; or to an actor by its address, whose answer is printed',
    args: ['<address>', '<type>', '[json]'],
    example: `troupe send database note '{"text": "done"}'`,
    run: async (cli, [address = '', type, json]) => {
      const payload = jsonArgument('JSON', json);
      if (!address.includes('/') && address !== 'router') return act(cli, 'message.send', given({ to: address, type, payload }), ({ id }) => `accepted as ${String(id)}`);
      return act(cli, 'actor.send', given({ address, type, payload, ask: true }), ({ reply }) => JSON.stringify(reply, null, 2));
    },
  },
  {
    name: 'broadcast',
    summary: 'a message to every agent',
    args: ['<type>', '[json]'],
    example: `troupe broadcast note '{"text": "lunch"}'`,
    run: (cli, [type, json]) =>
      act(cli, 'message.broadcast', given({ type, payload: jsonArgument('JSON', json) }), ({ agents }) => `accepted for ${(agents as readonly string[]).join(', ')}`),
  },
  {
    name: 'kill',
    summary: 'ends an actor at once; its supervisor decides what follows',
    args: ['<address>'],
    example: 'troupe kill sessions/testing/terminal',
    run: (cli, [address]) => act(cli, 'actor.kill', { address }, ({ killed }) => `killed ${String(killed)}`),
  },
];

const WORK_VERBS: readonly Verb[] = [
  {
    name: 'submit',
    summary: 'one sentence for an agent that thinks',
    args: ['<text>'],
    options: [
      ['--agent <agent>', 'who does it'],
      ['--capability <words>', 'what who does it must be able to do, separated by commas'],
      ['--priority <p>', 'high, normal or low'],
    ],
    example: 'troupe submit "find out why the tests are slow" --agent testing',
    run: (cli, [text]) =>
      act(
        cli,
        'task.submit',
        given({ text, agent: cli.options.agent, capability: list(cli.options.capability), priority: cli.options.priority }),
        ({ task }) => `submitted as ${String(task)}`,
      ),
  },
  {
    name: 'cancel',
    summary: 'ends a plan: what has not begun never will, what runs is cut off',
    args: ['<plan>'],
    options: [['--why <text>', 'recorded']],
    example: 'troupe cancel check-and-ship-1a2b3c --why "wrong branch"',
    run: (cli, [plan]) => act(cli, 'plan.cancel', given({ plan, why: cli.options.why }), () => `${plan} is cancelled`),
  },
  {
    name: 'approve',
    summary: 'lets one request run, exactly as it was assessed',
    args: ['<request>'],
    options: [
      ['--why <text>', 'recorded'],
      ['--remember <scope>', 'do not ask again for exactly this: task, day or always'],
    ],
    example: 'troupe approve check-and-ship-1a2b3c.note.0.1 --remember day',
    run: (cli, [request]) =>
      act(cli, 'approval.decide', given({ request, decision: 'approve', reason: cli.options.why, remember: cli.options.remember }), (answer) =>
        approvedText(String(request), answer),
      ),
  },
  {
    name: 'deny',
    summary: 'keeps one request from running',
    args: ['<request>'],
    options: [['--why <text>', 'recorded; required']],
    example: 'troupe deny check-and-ship-1a2b3c.note.0.1 --why "not on a Friday"',
    run: async (cli, [request]) => {
      await act(cli, 'approval.decide', { request, decision: 'deny', reason: whyOf(cli, 'deny') }, ({ by }) => `denied ${request} as ${String(by)}`);
    },
  },
  {
    name: 'resolve',
    summary: 'decides about an interrupted task: rerun, done, skip or fail',
    args: ['<task>', '<action>'],
    options: [['--why <text>', 'recorded; required']],
    example: 'troupe resolve deploy done --why "the new version answers"',
    run: async (cli, [task, action]) => {
      await act(cli, 'task.resolve', { task, action, why: whyOf(cli, 'resolve') }, (answer) => `${String(answer.task)}: ${String(answer.action)}`);
    },
  },
];

/** What follows, and what a person has to do for it. */
function approvedText(request: string, { by, state, missing, rule }: Readonly<Record<string, unknown>>): string {
  const remembered = rule === undefined ? '' : `; remembered as ${String(rule)}: \`troupe rules\` shows it, \`troupe rules remove ${String(rule)}\` ends it`;
  if (state !== 'waiting') return `approved ${request} as ${String(by)}: it runs as soon as its agent's turn wants it${remembered}`;
  const others = missing === 1 ? 'one other person' : `${String(missing)} other people`;
  return `approved ${request} as ${String(by)}; it waits for ${others}: each runs \`troupe approve ${request}\``;
}

/** Throws `InvalidInput` when it was not given. */
function whyOf({ options: { why } }: Cli, verb: string): string {
  if (typeof why !== 'string') throw codedError('InvalidInput', { problem: `${verb} needs --why: it is what records show` });
  return why;
}

export const ACT_VERBS: readonly Verb[] = [...AGENT_VERBS, ...MESSAGE_VERBS, ...WORK_VERBS];
