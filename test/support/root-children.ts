/** The children of a fleet's root, in the order of their start. */
export const ROOT_CHILDREN: readonly string[] = [
  'router',
  'policy',
  'rounds',
  'ballots',
  'approvals',
  'webhooks',
  'backups',
  'releases',
  'processes',
  'deployments',
  'requests',
  'tasks',
  'plans',
  'agents',
  'sessions',
];
