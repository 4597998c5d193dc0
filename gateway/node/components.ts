// Health by parts. A part that works less well than it should leaves the node `degraded`; one it cannot do without, `failing`.
import type { BreakerReport } from '../../supervisors/index.ts';
import type { RemoteReport } from '../../transports/index.ts';
import type { LiveCertificate } from '../tls/live-certificate.ts';
import { agentReports, type Phase, type RunningNode } from './running-node.ts';

export interface ComponentHealth {
  readonly name: string;
  readonly status: 'ok' | 'degraded' | 'failing';
  readonly detail: string;
}

const WELL: readonly string[] = ['ready', 'working', 'paused', 'draining', 'stopped'];

export function componentsOf(node: RunningNode): readonly ComponentHealth[] {
  const { system, facts } = node;
  const agents = agentReports(system);
  const ill = agents.filter(({ state }) => !WELL.includes(state));
  const circuits = node.breakers().filter(({ name }) => name.startsWith('git '));
  const webhook = node.breakers().find(({ name }) => name.startsWith('webhook '));
  const broken = circuits.filter(({ state }) => state !== 'closed').length;
  const alerts = system.alerts();
  const unidentified = node.identity.problem();
  const behind = system.position - facts.position();
  return [
    { name: 'journal', status: system.notReady === undefined ? 'ok' : 'failing', detail: system.notReady ?? `${system.position} facts` },
    { name: 'read-model', status: behind > 10_000 ? 'degraded' : 'ok', detail: `${behind} facts behind` },
    {
      name: 'agents',
      status: ill.length === 0 ? 'ok' : 'degraded',
      detail: ill.length === 0 ? `${agents.length} agents` : ill.map(({ name, state, why }) => `${name} is ${state}${why === null ? '' : ` (${why})`}`).join('; '),
    },
    { name: 'identity', status: unidentified === undefined ? 'ok' : 'failing', detail: unidentified ?? 'accounts and keys are readable' },
    {
      name: 'alerts',
      status: alerts.some(({ severity }) => severity === 'critical') ? 'degraded' : 'ok',
      // Health is told to anybody: what they are about is told to those who may read.
      detail: alerts.length === 0 ? 'none' : `${alerts.length} open: see \`troupe alerts\``,
    },
    {
      name: 'git',
      status: broken === 0 ? 'ok' : 'degraded',
      // Health is told to anybody: which repositories is in the log.
      detail: broken === 0 ? `${circuits.length} repositories in use` : `fails in ${broken} of ${circuits.length} repositories, which are left alone for a while`,
    },
    ...(node.certificate === null ? [] : [certificateHealth(node.certificate, node.clock.now())]),
    ...(webhook === undefined ? [] : [webhookHealth(webhook)]),
    ...(node.sharedAnswers === null ? [] : [redisHealth(node.sharedAnswers.report())]),
  ];
}

const SOON_MS = 7 * 86_400_000;

/** Health is told to anybody: what is wrong with a new one is in the log. */
function certificateHealth(certificate: LiveCertificate, now: number): ComponentHealth {
  const { expiresAt } = certificate.current();
  const until = `good until ${new Date(expiresAt).toISOString()}`;
  if (expiresAt <= now) return { name: 'certificate', status: 'failing', detail: 'has expired' };
  if (certificate.problem() !== undefined) return { name: 'certificate', status: 'degraded', detail: `${until}; its files have changed and are not good` };
  return { name: 'certificate', status: expiresAt - now < SOON_MS ? 'degraded' : 'ok', detail: until };
}

/** Health is told to anybody: where it is is in the log. */
function webhookHealth({ state }: BreakerReport): ComponentHealth {
  return { name: 'webhook', status: state === 'closed' ? 'ok' : 'degraded', detail: state === 'closed' ? 'takes what it is told' : 'fails, and is left alone for a while' };
}

/** Health is told to anybody: where it is is in the log. */
function redisHealth({ state, problem }: RemoteReport): ComponentHealth {
  if (problem !== null) return { name: 'redis', status: 'degraded', detail: `${state === 'ready' ? problem : `away (${problem})`}: answers are kept in memory alone` };
  return { name: 'redis', status: 'ok', detail: state === 'ready' ? 'keeps answers' : 'not connected yet' };
}

export function overallStatus(phase: Phase, components: readonly ComponentHealth[]): 'ok' | 'degraded' | 'failing' | 'starting' | 'stopping' {
  if (phase !== 'ready') return phase;
  if (components.some(({ status }) => status === 'failing')) return 'failing';
  return components.some(({ status }) => status === 'degraded') ? 'degraded' : 'ok';
}
