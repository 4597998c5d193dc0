// A started node and a repository whose folder `public` is deployed to `staging` of it, as its people do: asked for, decided on, followed.
//   const site = await deployedSite();                   up() starts its node, and again after a kill
//   const { deployment } = await site.asked('1.0.0');    and site.approve(deployment)
//   await site.ended(id);                                the deployment as it is listed, once it has ended
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeploymentRow } from '../../actors/read-model/index.ts';
import type { AuditRecord } from '../../gateway/audit/audit-record.ts';
import { findNode, type NodeClient } from '../../gateway/cli/node-client.ts';
import { git, makeRepository } from './git-repository.ts';
import { eventually, type NodePlace, nodePlace, up as startNode, startTroupe } from './node-process.ts';

const ENDS: readonly string[] = ['promoted', 'restored', 'rolled_back', 'failed', 'stuck'];
const LINKS_AND_VERSIONS: readonly string[] = ['current', 'previous', 'versions'];
/** On a machine that has much else to do. */
const PATIENCE_MS = 60_000;

export interface Asked {
  readonly deployment: string;
  readonly plan: string;
}

/** `env`, `args`: of its node. `files`: besides those that are deployed anyway, by path in the repository. */
export async function deployedSite(
  env: (place: NodePlace) => Readonly<Record<string, string>> = () => ({}),
  { args = () => [], files = {} }: { readonly args?: (place: NodePlace) => readonly string[]; readonly files?: Readonly<Record<string, string>> } = {},
) {
  const place = await nodePlace({ env: { TROUPE_TERMINAL: 'pty' } });
  const repository = join(place.folder, 'repository');
  makeRepository(repository, [{ 'public/index.html': 'hello\n', 'public/assets/a.txt': 'a\n', 'private.txt': 'not deployed\n', ...files }]);
  const client = (): NodeClient => findNode(place.data, 'ann');
  const placeOf = (environment: string): string => join(place.data, 'deployments', environment);

  /** A version has files of its own. */
  const commit = (version: string): void => {
    writeFileSync(join(repository, 'public', 'version.txt'), `${version}\n`);
    git(repository, 'add', '--all');
    git(repository, 'commit', '--quiet', '--allow-empty', '-m', version);
  };
  const approve = async (request: string): Promise<void> => {
    await eventually(
      'it waits for a decision',
      async () => (await client().call<{ items: ReadonlyArray<{ id: string }> }>('approval.list')).items.some(({ id }) => id === request),
      PATIENCE_MS,
    );
    await client().call('approval.decide', { request, decision: 'approve' });
  };
  const facts = async (kind: string, about: string) => {
    const { items } = await client().call<{ items: readonly AuditRecord[] }>('audit.query', { kind, about, since: 0, limit: 500 });
    return items.filter((item) => item.kind === kind).map(({ body }) => body as Readonly<Record<string, unknown>>);
  };
  return {
    place,
    repository,
    client,
    up: () => startNode(place, args(place), env(place)),
    /** A life that is not to become ready. */
    begin: () => startTroupe(place, ['up', '--json', ...args(place)], { env: env(place) }),
    commit,
    approve,
    facts,
    /** Asked for; waits for its decision. */
    async asked(version: string, { verify = 'test -f index.html', environment = 'staging' } = {}): Promise<Asked> {
      commit(version);
      return client().call<Asked>('deployment.start', { environment, version, workspace: repository, source: 'public', verify });
    },
    /** As the audit tells it, in order. */
    states: async (id: string): Promise<readonly string[]> => (await facts('deployment.changed', id)).filter((body) => body.id === id).map(({ state }) => String(state)),
    ended: (id: string): Promise<DeploymentRow> =>
      eventually(
        `${id} has ended`,
        async () => {
          const row = await client()
            .call<DeploymentRow>('deployment.status', { deployment: id })
            .catch(() => undefined);
          return row !== undefined && ENDS.includes(row.state) ? row : undefined;
        },
        PATIENCE_MS,
      ),
    /** Which version runs; null: none. Throws when what runs is not whole. */
    running(environment = 'staging'): string | null {
      const link = join(placeOf(environment), 'current');
      if (lstatSync(link, { throwIfNoEntry: false }) === undefined) return null;
      const version = readlinkSync(link).replace('versions/', '');
      const text = filesOf(link);
      const whole = { 'assets/a.txt': 'a\n', 'index.html': 'hello\n', 'version.txt': `${version}\n` };
      if (JSON.stringify(text) !== JSON.stringify(whole)) throw new Error(`half a version runs: ${JSON.stringify(text)}`);
      return version;
    },
    /** Versions that lie there, and whatever else does. */
    lying(environment = 'staging'): readonly string[] {
      const folder = placeOf(environment);
      if (!existsSync(folder)) return [];
      return [...readdirSync(join(folder, 'versions')), ...readdirSync(folder).filter((name) => !LINKS_AND_VERSIONS.includes(name))].sort();
    },
  };
}

export type DeployedSite = Awaited<ReturnType<typeof deployedSite>>;

function filesOf(folder: string): Readonly<Record<string, string>> {
  const names = (readdirSync(folder, { recursive: true }) as string[]).filter((name) => lstatSync(join(folder, name)).isFile()).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
