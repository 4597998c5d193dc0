// The arrow table of the design: imports point down only, and each driver of the outside world lives in one place.
const LAYERS = 'runtime|supervisors|actors|transports|gateway|dashboard';
const OUTSIDE = 'test|bench|scripts|docs|examples';

const layer = (from, allowed) => ({
  name: `${from}-imports-${allowed.length === 0 ? 'nothing' : allowed.join('-')}`,
  severity: 'error',
  from: { path: `^${from}/` },
  to: { path: `^(${LAYERS}|${OUTSIDE})/`, pathNot: `^(${[from, ...allowed].join('|')})/` },
});

/** `modules` are package names; a path of the tree in `places` ends with a slash. */
const onlyIn = (modules, ...places) => ({
  name: `${modules[0]}-lives-in-${places.join('-and-').replaceAll('/', '-').replace(/-$/, '')}`,
  severity: 'error',
  from: { path: `^(${LAYERS})/`, pathNot: `^(${places.join('|')})` },
  to: { path: `(^|/)node_modules/(@types/)?(${modules.join('|')})/` },
});

export default {
  forbidden: [
    layer('runtime', []),
    layer('supervisors', ['runtime']),
    layer('transports', ['supervisors', 'runtime']),
    layer('actors', ['supervisors', 'runtime']),
    layer('gateway', ['actors', 'supervisors', 'transports', 'runtime']),
    {
      name: 'dashboard-imports-gateway-contract',
      severity: 'error',
      from: { path: '^dashboard/' },
      to: { path: `^(${LAYERS}|${OUTSIDE})/`, pathNot: '^(dashboard|gateway/contract)' },
    },
    onlyIn(['better-sqlite3', 'pg'], 'runtime/persistence/'),
    onlyIn(['@nats-io/[^/]+', 'ioredis', 'redis', '@redis/[^/]+', 'bullmq'], 'transports/'),
    onlyIn(['fastify', '@fastify/[^/]+', 'pino', 'commander'], 'gateway/'),
    onlyIn(['jose', 'oidc-provider'], 'gateway/identity/'),
    onlyIn(['ws'], 'gateway/', 'actors/session/'),
    onlyIn(['node-pty'], 'actors/session/'),
    onlyIn(['@anthropic-ai/[^/]+', 'openai'], 'actors/driver/'),
    {
      name: 'only-declared-packages',
      severity: 'error',
      from: { path: `^(${LAYERS})/` },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
  ],
  options: { doNotFollow: { path: 'node_modules' }, tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' }, exclude: { path: '^dist/' } },
};
