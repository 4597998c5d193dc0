// The kernel's rows: what is measured, against whom, and the ratio that it must reach. A row without a target is a report. A note is
// what somebody must know who reads the figure.

const XSTATE_SEND = 'xstate actor.send';
const XSTATE_START = 'xstate createActor().start()';
const ERLANG = "erlang's supervisor";
const SHARED_COMMITS = 'commits of 64 rows';
/** No commit of its own for a message: on average at least 64 share one. */
const FEWEST_SHARING = 64;

const SAME_RESTARTS = '50 supervisors in turn on both sides, intensity 20 in a second, permanent children that count (a gen_server, transition logic), no log of deaths; wall time';

export const MILLION_LIMITS = { rss: 300, startMs: 1_000, firstMs: 5 };

const row = (id, unit, against, target, rest = {}) => ({ id, unit, against, ...(target === undefined ? {} : { target }), ...rest });
const limit = (id, unit, most) => row(id, unit, 'limit', 1, { limit: most });
const lower = { better: 'lower' };
const measurement = (load, ...rows) => ({ group: 'kernel', rows, load });

export const KERNEL = [
  measurement(async () => (await import('./tell.mjs')).tellMachine, row('tell.machine', 'messages/s', XSTATE_SEND, 0.85)),
  measurement(async () => (await import('./tell.mjs')).tellTransition, row('tell.transition', 'messages/s', 'xstate fromTransition send', 0.6)),
  measurement(async () => (await import('./ask.mjs')).askMachine, row('ask.machine', 'asks/s', XSTATE_SEND, 0.35)),
  measurement(async () => (await import('./ask.mjs')).askTransition, row('ask.transition', 'asks/s', 'nact query', 1)),
  measurement(async () => (await import('./ring.mjs')).ring, row('ring.1000', 'messages/s', "xstate's ring", 0.8)),
  measurement(
    async () => (await import('./ring.mjs')).chain,
    row('chain.100000', 'links', "xstate's longest chain", 1, { note: "XState delivers inside the sender's step: its chain ends where the stack does" }),
  ),
  measurement(async () => (await import('./spawn.mjs')).spawn, row('spawn', 'starts/s', XSTATE_START, 1, { note: '100,000 children under one supervisor' })),
  measurement(async () => (await import('./spawn.mjs')).spawnThousand, row('spawn.1000', 'starts/s', XSTATE_START)),
  measurement(
    async () => (await import('./restart.mjs')).restart,
    row('restart.p50', 'µs', ERLANG, 1, { ...lower, note: SAME_RESTARTS }),
    row('restart.p99', 'µs', ERLANG, 1, { ...lower, note: SAME_RESTARTS }),
    row('restart.rate', 'restarts/s', ERLANG, 1, { note: SAME_RESTARTS }),
  ),
  measurement(async () => (await import('./restart.mjs')).restartMachine, row('restart.machine', 'µs, p50', ERLANG, undefined, lower)),
  measurement(async () => (await import('./restart.mjs')).restartDurable, row('restart.durable', 'µs, p50', `${ERLANG}, in memory`, undefined, lower)),
  measurement(async () => (await import('./durable.mjs')).durableMachine, row('durable.100', 'steps/s', XSTATE_SEND, 0.4)),
  measurement(async () => (await import('./durable-peers.mjs')).besideBullmq, row('durable.100/bullmq', 'steps/s', 'bullmq process c50, appendfsync always', 10)),
  measurement(
    async () => (await import('./durable-peers.mjs')).besideRestate,
    row('durable.100/restate', 'steps/s', 'restate increments, 64 keys c64', 100, { note: "a call of Restate's passes HTTP twice; a step of ours passes none" }),
  ),
  measurement(async () => (await import('./durable.mjs')).durableTransition, row('durable.transition', 'steps/s', XSTATE_SEND, 1.2)),
  measurement(async () => (await import('./durable.mjs')).durableMany, row('durable.10000', 'steps/s', XSTATE_SEND, 0.15)),
  measurement(async () => (await import('./durable-ask.mjs')).askMachines, row('durable.ask64', 'asks/s', SHARED_COMMITS, 0.25)),
  measurement(async () => (await import('./durable-ask.mjs')).askTransitions, row('durable.ask64.transition', 'asks/s', SHARED_COMMITS, 0.5)),
  measurement(async () => (await import('./durable-ask.mjs')).oneByOne, row('durable.1', 'steps/s', 'single-row commits', 0.5)),
  measurement(async () => (await import('./durable.mjs')).loopDelay, row('loop.p99', 'ms', '10 ms, or 3 slow syncs', 1, lower)),
  measurement(
    async () => (await import('./durable-growth.mjs')).durableGrowth,
    row('durable.growth', 'steps/s', 'the same over 10 rows', 0.4),
    row('durable.growth.random', 'steps/s', 'the hot set over 10 rows'),
  ),
  measurement(
    async () => (await import('./chain.mjs')).chain,
    limit('chain.1000', 'commits', 1_000 / FEWEST_SHARING),
    row('chain.1000.time', 'ms', '1,000 single-row commits', 1, lower),
  ),
  measurement(async () => (await import('./spawn.mjs')).idleBytes, row('bytes.idle', 'B', 'idle xstate actor', 1 / 0.6, lower)),
  measurement(
    async () => (await import('./million.mjs')).million,
    limit('million.rss', 'MB', MILLION_LIMITS.rss),
    limit('million.start', 'ms above empty', MILLION_LIMITS.startMs),
    limit('million.first', 'ms, p50', MILLION_LIMITS.firstMs),
    row('million', '× its limit', 'the tightest of the three', 1),
  ),
  measurement(async () => (await import('./growth.mjs')).growth, row('growth.100000', '× xstate', 'the same at 1,000 actors', 0.85)),
];
