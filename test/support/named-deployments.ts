// Places of a test that are only names: which versions lie there, which runs, and every change in the order in which it came.
import type { DeployDriver, DeployedVersion, DeployWish, Versions } from '../../actors/work/ports.ts';
import { codedError } from '../../runtime/index.ts';

interface NamedPlace {
  current: string | null;
  readonly versions: Map<string, string>;
}

type Step = 'current' | 'holds' | 'place' | 'lead' | 'fault' | 'trouble' | 'retire' | 'discard';

export class NamedDeployments implements DeployDriver {
  /** `<step> <version>`, of what has changed something. */
  readonly log: string[] = [];
  readonly places = new Map<string, NamedPlace>();
  /** Of the content that is deployed next. */
  content = 'content';
  /** Refuses the next calls of a step, each once. */
  readonly failing: Step[] = [];
  /** What alone was left to run, each time that the others were ended. */
  readonly retired: Array<string | null> = [];
  /** What is wrong with a version where it runs. */
  readonly ailing = new Map<string, string>();
  /** Called before each step; a promise holds it up. */
  before: (step: Step, wish: DeployWish) => Promise<void> | void = () => undefined;

  placeOf = ({ payload: { environment, target = environment }, surroundings }: DeployWish): string => `${surroundings.deployRoot}/${target}`;
  folderOf = (wish: DeployWish, version: string): string => `${this.placeOf(wish)}/versions/${version}`;

  /** Holds a step of that version up until what is returned is called. */
  holdUp(step: Step, version: string): () => void {
    const box = { release: (): void => undefined };
    const held = new Promise<void>((resolve) => {
      box.release = resolve;
    });
    this.before = (each, wish) => (each === step && wish.payload.version === version ? held : undefined);
    return () => box.release();
  }

  at(place: string): NamedPlace {
    const known = this.places.get(place) ?? { current: null, versions: new Map<string, string>() };
    this.places.set(place, known);
    return known;
  }

  async #step(step: Step, wish: DeployWish): Promise<NamedPlace> {
    await this.before(step, wish);
    const planned = this.failing.indexOf(step);
    if (planned !== -1) throw codedError('DeployRefused', { version: wish.payload.version, problem: `${this.failing.splice(planned, 1)[0]} fails` });
    return this.at(this.placeOf(wish));
  }

  async current(wish: DeployWish): Promise<DeployedVersion | null> {
    const { current, versions } = await this.#step('current', wish);
    return current === null ? null : { version: current, digest: versions.get(current) ?? '' };
  }

  async holds(wish: DeployWish, version: string): Promise<boolean> {
    return (await this.#step('holds', wish)).versions.has(version);
  }

  async place(wish: DeployWish) {
    const { versions } = await this.#step('place', wish);
    const { version } = wish.payload;
    const known = versions.get(version);
    if (known !== undefined && known !== this.content) throw codedError('DeployRefused', { version, problem: 'that version is there with other content' });
    if (known === undefined) this.log.push(`place ${version}`);
    versions.set(version, this.content);
    return { version, digest: this.content, files: 1 };
  }

  async lead(wish: DeployWish, to: string | null): Promise<void> {
    const place = await this.#step('lead', wish);
    if (place.current !== to) this.log.push(`lead ${to}`);
    place.current = to;
  }

  async fault(wish: DeployWish, { version, digest }: DeployedVersion): Promise<string | undefined> {
    const { versions } = await this.#step('fault', wish);
    return versions.get(version) === digest ? undefined : 'its files are gone';
  }

  async trouble(wish: DeployWish): Promise<string | undefined> {
    const { current } = await this.#step('trouble', wish);
    return current === null ? undefined : this.ailing.get(current);
  }

  async retire(wish: DeployWish): Promise<void> {
    const { current } = await this.#step('retire', wish);
    this.retired.push(current);
  }

  async discard(wish: DeployWish, version: string): Promise<void> {
    const place = await this.#step('discard', wish);
    if (place.current === version) throw codedError('DeployRefused', { version, problem: 'it runs' });
    if (place.versions.delete(version)) this.log.push(`discard ${version}`);
  }
}

export class NamedVersions implements Versions {
  readonly recorded: string[] = [];
  readonly marks: string[] = [];
  async record({ deployment }: { deployment: string }): Promise<string> {
    if (!this.recorded.includes(deployment)) this.recorded.push(deployment);
    return `commit-${deployment}`;
  }
  async mark({ place, commit }: { place: string; commit: string | null }): Promise<void> {
    this.marks.push(`${place} ${commit}`);
  }
}
