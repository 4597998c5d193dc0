// Answers about agents, their mail, actors of any kind, and what is wrong.
import { z } from 'zod';
import { count, moment, momentOrNull, text, textOrNull } from './words.ts';

const assignment = z.strictObject({ planId: text, taskId: text, delegatedBy: text, messageId: text, priority: z.enum(['high', 'normal', 'low']) });

export const agentReport = z.strictObject({
  name: text,
  title: text,
  role: text,
  driver: text,
  ungated: z.boolean().describe('a guest: what it does itself passes no gate, only what it asks of Troupe does'),
  port: z.int().nullable(),
  capabilities: z.array(text),
  state: z.enum(['starting', 'ready', 'working', 'paused', 'draining', 'stopped', 'failed', 'lost', 'silent', 'left']),
  why: textOrNull,
  current: assignment.nullable(),
  since: momentOrNull,
  queued: count,
  session: z.strictObject({ epoch: z.number(), pid: z.int().nullable(), attach: z.array(text).nullable(), terminal: textOrNull }).nullable(),
  sessionsLost: count,
  unread: count,
});

export const heldTask = z.strictObject({
  task: text,
  epoch: count.describe('give it with each report: under an older one nothing is taken'),
  text: text.describe('what is to be done'),
  workspace: textOrNull,
  from: text.describe('who gave it'),
  since: moment,
});

export const inboxMessage = z.strictObject({
  agent: text,
  id: text,
  from: text,
  kind: text,
  payload: z.unknown(),
  at: moment,
  state: z.enum(['queued', 'delivered', 'undeliverable']),
  tries: count,
});

export const deadLetter = z.strictObject({ at: moment, reason: text, detail: text.optional(), id: text, from: textOrNull, to: text, type: text });

export const alertRow = z.looseObject({ id: text, kind: text, severity: text, text, raisedAt: moment, clearedAt: momentOrNull });

export const transition = z.strictObject({
  step: count,
  at: moment,
  epoch: z.number(),
  messageId: textOrNull,
  type: text,
  from: z.unknown(),
  to: z.unknown(),
  cause: textOrNull,
  effects: z.array(text),
});

export const treeNode = z.strictObject({
  address: text,
  id: text,
  type: z.enum(['worker', 'supervisor']),
  strategy: textOrNull,
  restart: text,
  state: text,
  restarts: count,
  durable: z.boolean(),
  value: z.unknown(),
  mailbox: count,
  get children() {
    return z.array(treeNode);
  },
});

export const inspection = z.strictObject({
  address: text,
  kind: z.enum(['worker', 'supervisor']),
  durable: z.boolean(),
  state: z.enum(['running', 'passivated', 'restarting', 'quarantined', 'down']),
  value: z.unknown(),
  context: z.unknown(),
  mailbox: count,
  restarts: count,
  step: count,
  epoch: z.number(),
  incarnation: z.number(),
  accepts: z.array(text),
  timers: z.array(z.strictObject({ key: text, dueAt: moment })),
  effects: z.array(z.strictObject({ key: text, id: text, state: text, idempotent: z.boolean() })),
  monitors: z.array(text),
  links: z.array(text),
  groups: z.array(text),
  names: z.array(text),
  why: text,
  history: z.array(transition),
});
