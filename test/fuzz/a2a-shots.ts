// Requests to an agent's own port in A2A, of both revisions: messages, tasks and what is neither. Few of them begin work, and always the same:
// a message that comes again is the one that it was.
import fc from 'fast-check';
import { HOSTILE_BODIES, HOSTILE_TEXTS, hostileValue } from './hostile-values.ts';
import { allowedInput, hostileInput, type Known, nearInput, type Schema } from './schema-values.ts';
import type { Shot } from './shots.ts';

const STEPS = { steps: [{ bash: 'true' }] };
const IDS = ['fuzz-one', 'fuzz-two', 'fuzz-three'];

const word: Schema = { type: 'string', maxLength: 40 };
const data: Schema = { anyOf: [{ const: STEPS }, { const: { decision: 'approve' } }, { const: { steps: [] } }, { type: 'object', additionalProperties: word }] };

function messageOf(role: string, part: Schema, kind: Readonly<Record<string, Schema>>): Schema {
  const properties = { messageId: { enum: IDS }, role: { const: role }, parts: { type: 'array', items: part, minItems: 0, maxItems: 2 }, contextId: word, taskId: word };
  return { type: 'object', properties: { ...kind, ...properties }, required: [...Object.keys(kind), 'messageId', 'role', 'parts'] };
}

const LEGACY = messageOf(
  'user',
  {
    anyOf: [
      { type: 'object', properties: { kind: { const: 'data' }, data }, required: ['kind', 'data'] },
      { type: 'object', properties: { kind: { const: 'text' }, text: word }, required: ['kind', 'text'] },
    ],
  },
  { kind: { const: 'message' } },
);
const CURRENT = messageOf(
  'ROLE_USER',
  {
    anyOf: [
      { type: 'object', properties: { data }, required: ['data'] },
      { type: 'object', properties: { text: word }, required: ['text'] },
    ],
  },
  {},
);

const sending = (message: Schema, configuration: Schema): Schema => ({ type: 'object', properties: { message, configuration }, required: ['message'] });
const flags = (...names: readonly string[]): Schema => ({
  type: 'object',
  properties: { ...Object.fromEntries(names.map((name) => [name, { type: 'boolean' }])), historyLength: { type: 'integer', minimum: 0, maximum: 5 } },
});
const naming: Schema = { type: 'object', properties: { id: word, historyLength: { type: 'integer', minimum: 0, maximum: 5 } }, required: ['id'] };

/** By revision: what each method takes. */
const METHODS: ReadonlyArray<readonly [string, string, Schema]> = [
  ['0.3', 'message/send', sending(LEGACY, flags('blocking'))],
  ['0.3', 'message/stream', sending(LEGACY, flags('blocking'))],
  ['0.3', 'tasks/get', naming],
  ['0.3', 'tasks/cancel', naming],
  ['0.3', 'tasks/resubscribe', naming],
  ['0.3', 'tasks/pushNotificationConfig/set', naming],
  ['1.0', 'SendMessage', sending(CURRENT, flags('returnImmediately'))],
  ['1.0', 'SendStreamingMessage', sending(CURRENT, flags('returnImmediately'))],
  ['1.0', 'GetTask', naming],
  ['1.0', 'CancelTask', naming],
  ['1.0', 'ListTasks', { type: 'object', properties: { pageSize: { type: 'integer' }, contextId: word } }],
  ['1.0', 'SubscribeToTask', naming],
];

/** They wait for the end of a task, or for as long as somebody listens. */
const LASTING = /send|message|subscribe/i;

export function a2aShot({ task = [] }: Known): fc.Arbitrary<Shot> {
  const known = { id: task, taskId: task };
  const byMethod = METHODS.map(([version, method, schema]) =>
    fc
      .oneof(allowedInput(schema, known), nearInput(schema, known), hostileInput(schema))
      .map((params) => shot(version, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }), LASTING.test(method))),
  );
  const strayFrame = fc.record(
    { jsonrpc: fc.constantFrom<unknown>('2.0', '1.0', 2), id: hostileValue, method: fc.constantFrom(...HOSTILE_TEXTS, 'tasks/get'), params: hostileValue },
    { requiredKeys: [] },
  );
  const bodies = fc.oneof(
    fc.constantFrom(...HOSTILE_BODIES),
    fc.oneof(strayFrame, fc.array(strayFrame, { maxLength: 5 })).map((frame) => JSON.stringify(frame)),
  );
  const stray = fc.tuple(fc.constantFrom('0.3', '1.0', '9.9', '__proto__'), bodies).map(([version, body]) => shot(version, body, true));
  return fc.oneof({ weight: 3, arbitrary: fc.oneof(...byMethod) }, { weight: 1, arbitrary: stray });
}

function shot(version: string, body: string | Buffer, lasting: boolean): Shot {
  return { door: 'agent', method: 'POST', path: '/', headers: { 'content-type': 'application/json', 'a2a-version': version }, body, lasting };
}
