// Every row: what is measured, against whom, and the ratio that it must reach. A measurement may give several rows; each runs in a
// process of its own, so that none inherits another's heap or compiled code.
import { KERNEL } from './kernel/rows.mjs';

const SDK_SERVER = "the official SDK's server";

export const MEASUREMENTS = [
  ...KERNEL,
  {
    group: 'gate',
    rows: [
      { id: 'assess', unit: 'commands/s', against: 'unbash, its whole tree', target: 0.5 },
      { id: 'assess.p99', unit: 'ms', against: 'limit', limit: 1, target: 1 },
    ],
    load: async () => (await import('./gate/assess.mjs')).assess,
  },
  {
    group: 'gate',
    rows: [{ id: 'assess.worst', unit: 'ms', against: 'limit', limit: 50, target: 1 }],
    load: async () => (await import('./gate/assess.mjs')).worst,
  },
  {
    group: 'gate',
    rows: [{ id: 'round', unit: 'rounds/s', against: 'five Ed25519 signatures, each verified', target: 0.5 }],
    load: async () => (await import('./gate/round.mjs')).round,
  },
  {
    group: 'gate',
    rows: [{ id: 'approval', unit: 'opened and decided/s', against: 'durable steps', target: 0.25 }],
    load: async () => (await import('./gate/approval.mjs')).approval,
  },
  {
    group: 'gate',
    rows: [{ id: 'approval.steps', unit: 'durable steps of approvals/s', against: 'durable.10000' }],
    load: async () => (await import('./gate/approval.mjs')).approvalSteps,
  },
  {
    group: 'gate',
    rows: [{ id: 'audit.append', unit: 'steps with a fact/s', against: 'durable.100 without', target: 0.5 }],
    load: async () => (await import('./gate/audit.mjs')).append,
  },
  {
    group: 'gate',
    rows: [{ id: 'audit.verify', unit: 'records/s', against: 'bare SHA-256', target: 0.5 }],
    load: async () => (await import('./gate/audit.mjs')).verify,
  },
  {
    group: 'doors',
    rows: [
      { id: 'mcp.call.modern', unit: 'calls/s', against: SDK_SERVER, target: 2 },
      { id: 'mcp.call.modern.p99', unit: 'ms', against: SDK_SERVER, better: 'lower', target: 1 },
    ],
    load: async () => (await import('./doors/mcp-call.mjs')).modern,
  },
  {
    group: 'doors',
    rows: [
      { id: 'mcp.call.session', unit: 'calls/s', against: SDK_SERVER, target: 2 },
      { id: 'mcp.call.session.p99', unit: 'ms', against: SDK_SERVER, better: 'lower', target: 1 },
    ],
    load: async () => (await import('./doors/mcp-call.mjs')).session,
  },
  {
    group: 'doors',
    rows: [{ id: 'rpc.http', unit: 'calls/s', against: 'bare JSON-RPC on node:http', target: 0.5 }],
    load: async () => (await import('./doors/rpc.mjs')).http,
  },
  {
    group: 'doors',
    rows: [{ id: 'rpc.ws', unit: 'calls/s', against: 'bare ws echo', target: 0.5 }],
    load: async () => (await import('./doors/rpc.mjs')).ws,
  },
  {
    group: 'doors',
    rows: [{ id: 'rest.read', unit: 'reads/s', against: 'bare fastify with a schema', target: 0.6 }],
    load: async () => (await import('./doors/rest-read.mjs')).read,
  },
  {
    group: 'doors',
    rows: [
      { id: 'fanout', unit: 'ms p99', against: 'limit', limit: 250, target: 1 },
      { id: 'fanout.memory', unit: 'kB a subscriber', against: 'limit', limit: 60, target: 1 },
    ],
    load: async () => (await import('./doors/fanout.mjs')).fanout,
  },
  {
    group: 'doors',
    rows: [{ id: 'token', unit: 'tokens/s', against: 'jose verify', target: 10 }],
    load: async () => (await import('./doors/token.mjs')).token,
  },
  {
    group: 'agents',
    rows: [
      { id: 'start.ready', unit: 'ms', against: 'ten node processes importing ws', better: 'lower', target: 0.5 },
      { id: 'rss.node', unit: 'MB', against: 'limit', limit: 200, target: 1 },
      { id: 'rss.host', unit: 'MB', against: 'limit', limit: 70, target: 1 },
    ],
    load: async () => (await import('./node/start.mjs')).start,
  },
];

export const GROUPS = ['kernel', 'gate', 'doors', 'wire', 'agents'];
