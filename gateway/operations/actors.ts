// Actors of any kind: the tree, a look inside one, a message, an end.
import { z } from 'zod';
import { readOutsideMessage } from '../../actors/fleet/outside-messages.ts';
import { listTransitions } from '../../actors/read-model/index.ts';
import { codedError, messageId, parseAddress, ROOT_ADDRESS } from '../../runtime/index.ts';
import { wholeTree } from '../../supervisors/index.ts';
import { inspection, transition, treeNode } from './answers/fleet.ts';
import { pageOf, text } from './answers/words.ts';
import { ASK_MS } from './asking.ts';
import { nameInput, type Operation, operation, readModel } from './operation.ts';
import { pageInput } from './page.ts';

const address = nameInput;

export const ACTOR_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'actor.tree',
    title: 'Supervision tree',
    summary: 'the supervision tree, in start order',
    permission: 'read',
    input: z.strictObject({ from: address.optional() }),
    output: z.strictObject({ tree: z.array(treeNode) }),
    async run({ node }, { from }) {
      const top = from === undefined ? ROOT_ADDRESS : parseAddress(from);
      if (top !== ROOT_ADDRESS && (await node.system.look(top)) === undefined) throw codedError('NoSuchActor', { address: top });
      return { tree: await wholeTree(node.system, top) };
    },
  }),
  operation({
    name: 'actor.inspect',
    title: 'Look inside an actor',
    summary: 'one actor: state, context with secrets masked, mailbox, timers, effects, and why it waits',
    permission: 'read',
    input: z.strictObject({ address }),
    output: inspection,
    async run({ node }, input) {
      const seen = await node.system.look(parseAddress(input.address));
      if (seen === undefined) throw codedError('NoSuchActor', { address: input.address });
      return { ...seen, history: node.system.history(seen.address).slice(-20) };
    },
  }),
  operation({
    name: 'actor.steps',
    title: 'Transitions of an actor',
    summary: 'the last transitions of an actor, the newest first; also of one that has ended',
    permission: 'read',
    input: z.strictObject({ address, ...pageInput }),
    output: pageOf(transition),
    run: async (context, input) => listTransitions(await readModel(context), parseAddress(input.address), input),
  }),
  operation({
    name: 'actor.kill',
    title: 'Kill an actor',
    summary: 'ends an actor at once, as a crash; its supervisor decides what follows',
    permission: 'admin',
    destructive: true,
    input: z.strictObject({ address }),
    output: z.strictObject({ killed: text }),
    async run({ node }, input) {
      const target = parseAddress(input.address);
      if (target === ROOT_ADDRESS) throw codedError('NotDone', { what: 'kill', reason: 'the root supervisor is the node: stop it with `troupe down`' });
      await node.system.kill(target);
      return { killed: target };
    },
  }),
  operation({
    name: 'actor.send',
    title: 'Message an actor',
    summary: 'a message to any actor that takes messages from outside; with `ask` its answer is awaited',
    permission: 'admin',
    input: z.strictObject({ address, type: nameInput, payload: z.record(z.string(), z.unknown()).optional(), ask: z.boolean().optional() }),
    output: z.strictObject({ id: text, accepted: z.literal(true).optional(), reply: z.unknown().optional() }),
    async run({ node, caller, idempotencyKey }, { address: to, type, payload, ask }) {
      const id = idempotencyKey === undefined ? messageId(node.clock.now()) : `actor.send ${idempotencyKey}`;
      // Who sends is known: a message cannot say otherwise.
      const read = readOutsideMessage(parseAddress(to), { id, ...payload, type, by: caller.name, from: caller.name });
      if (!read.ok)
        throw codedError(
          read.reason === 'invalid' ? 'InvalidInput' : 'NoSuchActor',
          read.reason === 'invalid' ? { problem: `${type} to ${to}: ${read.problem}` } : { address: to },
        );
      const ref = node.system.ref(to);
      if (ask === true) return { id, reply: await ref.ask(read.message, { id, timeoutMs: ASK_MS }) };
      await ref.tell(read.message, { id });
      return { id, accepted: true };
    },
  }),
];
