// The routes under /api/v1 as data: each is an operation of the table with its input put together from path, query and body.

export const BASE = '/api/v1';

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly operation: string;
  /** 202 means journalled. Default 200. */
  readonly status?: number;
}

export const API_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/status', operation: 'system.status' },
  { method: 'POST', path: '/fleet/pause', operation: 'fleet.pause', status: 202 },
  { method: 'POST', path: '/fleet/resume', operation: 'fleet.resume', status: 202 },
  { method: 'GET', path: '/plans', operation: 'plan.list' },
  { method: 'POST', path: '/plans', operation: 'plan.run', status: 202 },
  { method: 'GET', path: '/plans/:plan', operation: 'plan.status' },
  { method: 'GET', path: '/plans/:plan/await', operation: 'plan.await' },
  { method: 'POST', path: '/plans/:plan/cancel', operation: 'plan.cancel', status: 202 },
  { method: 'GET', path: '/tasks', operation: 'task.list' },
  { method: 'POST', path: '/tasks', operation: 'task.submit', status: 202 },
  { method: 'GET', path: '/tasks/:task', operation: 'task.status' },
  { method: 'GET', path: '/tasks/:task/await', operation: 'task.await' },
  { method: 'POST', path: '/tasks/:task/cancel', operation: 'task.cancel', status: 202 },
  { method: 'POST', path: '/tasks/:task/resolve', operation: 'task.resolve', status: 202 },
  { method: 'POST', path: '/tasks/:task/claim', operation: 'task.claim' },
  { method: 'POST', path: '/tasks/:task/progress', operation: 'task.progress', status: 202 },
  { method: 'POST', path: '/tasks/:task/complete', operation: 'task.complete', status: 202 },
  { method: 'POST', path: '/tasks/:task/fail', operation: 'task.fail', status: 202 },
  { method: 'GET', path: '/agents', operation: 'agent.list' },
  { method: 'POST', path: '/agents', operation: 'agent.spawn', status: 201 },
  { method: 'GET', path: '/agents/:agent', operation: 'agent.status' },
  { method: 'POST', path: '/agents/:agent/interrupt', operation: 'agent.interrupt', status: 202 },
  { method: 'POST', path: '/agents/:agent/stop', operation: 'agent.stop' },
  { method: 'POST', path: '/agents/:agent/restart', operation: 'agent.restart' },
  { method: 'POST', path: '/agents/join', operation: 'agent.join' },
  { method: 'POST', path: '/agents/heartbeat', operation: 'agent.heartbeat' },
  { method: 'POST', path: '/agents/leave', operation: 'agent.leave' },
  { method: 'POST', path: '/inbox/wait', operation: 'inbox.wait' },
  { method: 'POST', path: '/inbox/ack', operation: 'inbox.ack' },
  { method: 'GET', path: '/messages', operation: 'inbox.read' },
  { method: 'POST', path: '/messages', operation: 'message.send', status: 202 },
  { method: 'POST', path: '/messages/broadcast', operation: 'message.broadcast', status: 202 },
  { method: 'GET', path: '/dead-letters', operation: 'deadletter.list' },
  { method: 'GET', path: '/requests', operation: 'request.list' },
  { method: 'GET', path: '/requests/:request', operation: 'request.status' },
  { method: 'POST', path: '/permissions', operation: 'permission.prompt' },
  { method: 'GET', path: '/approvals', operation: 'approval.list' },
  { method: 'POST', path: '/approvals/:request/decision', operation: 'approval.decide', status: 202 },
  { method: 'GET', path: '/rounds', operation: 'round.list' },
  { method: 'POST', path: '/rounds', operation: 'round.open', status: 202 },
  { method: 'GET', path: '/rounds/:round', operation: 'round.status' },
  { method: 'POST', path: '/rounds/:round/votes', operation: 'round.vote', status: 202 },
  { method: 'POST', path: '/requests/assess', operation: 'request.assess' },
  { method: 'GET', path: '/rules', operation: 'rule.list' },
  { method: 'POST', path: '/rules', operation: 'rule.add', status: 201 },
  { method: 'POST', path: '/rules/:rule/remove', operation: 'rule.remove' },
  { method: 'GET', path: '/alerts', operation: 'alert.list' },
  { method: 'GET', path: '/backups', operation: 'backup.list' },
  { method: 'POST', path: '/backups', operation: 'backup.create', status: 202 },
  { method: 'GET', path: '/backups/:backup', operation: 'backup.status' },
  { method: 'POST', path: '/backups/:backup/restore', operation: 'backup.restore' },
  { method: 'GET', path: '/deployments', operation: 'deployment.list' },
  { method: 'POST', path: '/deployments', operation: 'deployment.start', status: 202 },
  { method: 'GET', path: '/deployments/:deployment', operation: 'deployment.status' },
  { method: 'POST', path: '/deployments/:deployment/rollback', operation: 'deployment.rollback', status: 202 },
  { method: 'GET', path: '/audit', operation: 'audit.query' },
  { method: 'GET', path: '/audit/verify', operation: 'audit.verify' },
  { method: 'POST', path: '/audit/archive', operation: 'audit.archive' },
  { method: 'GET', path: '/actors', operation: 'actor.tree' },
];

/** On 5004, beside the routes of OAuth itself. */
export const AUTH_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/logins', operation: 'login.list' },
  { method: 'DELETE', path: '/logins/:login', operation: 'login.revoke' },
  { method: 'POST', path: '/tokens', operation: 'token.issue', status: 201 },
  { method: 'GET', path: '/users', operation: 'user.list' },
  { method: 'POST', path: '/users', operation: 'user.add', status: 201 },
  { method: 'POST', path: '/users/link', operation: 'user.link', status: 201 },
  { method: 'POST', path: '/users/:user/roles', operation: 'user.roles' },
  { method: 'DELETE', path: '/users/:user', operation: 'user.remove' },
  { method: 'GET', path: '/clients', operation: 'client.list' },
  { method: 'POST', path: '/clients', operation: 'client.add', status: 201 },
  { method: 'DELETE', path: '/clients/:client', operation: 'client.remove' },
];

/** On 5002: questions about who may do what. */
export const ACCESS_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/auth/me', operation: 'auth.me' },
  { method: 'POST', path: '/auth/introspect', operation: 'auth.introspect' },
  { method: 'POST', path: '/auth/authorize', operation: 'auth.authorize' },
];

/** What may follow an address, which itself has slashes: `/actors/agents/testing/steps`. */
export const ACTOR_ROUTES: readonly Route[] = [
  { method: 'GET', path: 'steps', operation: 'actor.steps' },
  { method: 'GET', path: '', operation: 'actor.inspect' },
  { method: 'POST', path: 'kill', operation: 'actor.kill', status: 202 },
  { method: 'POST', path: 'send', operation: 'actor.send', status: 202 },
];
