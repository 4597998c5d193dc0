// Every row: what is measured, against whom, and the ratio that it must reach. A measurement may give several rows; each runs in a
// process of its own, so that none inherits another's heap or compiled code.

const XSTATE_SEND = 'xstate actor.send';
const SHARED_COMMITS = 'commits of 64 rows';
/** No commit of its own for a message: on average at least 64 share one. */
const FEWEST_SHARING = 64;

export const MEASUREMENTS = [
  {
    group: 'kernel',
    rows: [{ id: 'tell.machine', unit: 'messages/s', against: XSTATE_SEND, target: 0.7 }],
    load: async () => (await import('./kernel/tell.mjs')).tellMachine,
  },
  {
    group: 'kernel',
    rows: [{ id: 'tell.transition', unit: 'messages/s', against: 'xstate fromTransition send', target: 0.6 }],
    load: async () => (await import('./kernel/tell.mjs')).tellTransition,
  },
  {
    group: 'kernel',
    rows: [{ id: 'ask.machine', unit: 'asks/s', against: XSTATE_SEND, target: 0.35 }],
    load: async () => (await import('./kernel/ask.mjs')).askMachine,
  },
  {
    group: 'kernel',
    rows: [{ id: 'durable.100', unit: 'steps/s', against: XSTATE_SEND, target: 0.4 }],
    load: async () => (await import('./kernel/durable.mjs')).durableMachine,
  },
  {
    group: 'kernel',
    rows: [{ id: 'durable.transition', unit: 'steps/s', against: XSTATE_SEND, target: 1.2 }],
    load: async () => (await import('./kernel/durable.mjs')).durableTransition,
  },
  {
    group: 'kernel',
    rows: [{ id: 'durable.10000', unit: 'steps/s', against: XSTATE_SEND, target: 0.15 }],
    load: async () => (await import('./kernel/durable.mjs')).durableMany,
  },
  {
    group: 'kernel',
    rows: [{ id: 'durable.ask64', unit: 'asks/s', against: SHARED_COMMITS, target: 0.25 }],
    load: async () => (await import('./kernel/durable-ask.mjs')).askMachines,
  },
  {
    group: 'kernel',
    rows: [{ id: 'durable.ask64.transition', unit: 'asks/s', against: SHARED_COMMITS, target: 0.5 }],
    load: async () => (await import('./kernel/durable-ask.mjs')).askTransitions,
  },
  {
    group: 'kernel',
    rows: [{ id: 'durable.1', unit: 'steps/s', against: 'single-row commits', target: 0.5 }],
    load: async () => (await import('./kernel/durable-ask.mjs')).oneByOne,
  },
  {
    group: 'kernel',
    rows: [{ id: 'loop.p99', unit: 'ms', against: '10 ms, or 3 slow syncs', better: 'lower', target: 1 }],
    load: async () => (await import('./kernel/durable.mjs')).loopDelay,
  },
  {
    group: 'kernel',
    rows: [
      { id: 'durable.growth', unit: 'steps/s', against: 'the same over 10 rows', target: 0.4 },
      { id: 'durable.growth.random', unit: 'steps/s', against: 'the hot set over 10 rows', target: 0 },
    ],
    load: async () => (await import('./kernel/durable-growth.mjs')).durableGrowth,
  },
  {
    group: 'kernel',
    rows: [
      { id: 'chain.1000', unit: 'commits', against: 'limit', limit: 1_000 / FEWEST_SHARING, target: 1 },
      { id: 'chain.1000.time', unit: 'ms', against: '1,000 single-row commits', better: 'lower', target: 1 },
    ],
    load: async () => (await import('./kernel/chain.mjs')).chain,
  },
  {
    group: 'kernel',
    rows: [
      { id: 'restart.p50', unit: 'µs', against: 'limit', limit: 66, target: 1 },
      { id: 'restart.p99', unit: 'µs', against: 'limit', limit: 315, target: 1 },
    ],
    load: async () => (await import('./kernel/restart.mjs')).restart,
  },
  {
    group: 'kernel',
    rows: [{ id: 'spawn', unit: 'starts/s', against: 'xstate createActor().start()', target: 1 }],
    load: async () => (await import('./kernel/spawn.mjs')).spawn,
  },
  {
    group: 'kernel',
    rows: [{ id: 'bytes.idle', unit: 'B', against: 'idle xstate actor', better: 'lower', target: 1 / 0.6 }],
    load: async () => (await import('./kernel/spawn.mjs')).idleBytes,
  },
  {
    group: 'kernel',
    rows: [
      { id: 'million.rss', unit: 'MB', against: 'limit', limit: 300, target: 1 },
      { id: 'million.start', unit: 'ms above empty', against: 'limit', limit: 1_000, target: 1 },
      { id: 'million.first', unit: 'ms, p50', against: 'limit', limit: 5, target: 1 },
    ],
    load: async () => (await import('./kernel/million.mjs')).million,
  },
  {
    group: 'kernel',
    rows: [{ id: 'growth.100000', unit: '× xstate', against: 'the same at 1,000 actors', target: 0.85 }],
    load: async () => (await import('./kernel/growth.mjs')).growth,
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
