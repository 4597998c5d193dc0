// The page of dependencies: each package has its line with reasons, under its heading, and no line speaks of a package that went.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version?: string; resolved?: string; engines?: { node?: string } }> };

function packagesUnder(heading: string): string[] {
  const section =
    read('docs/dependencies.md')
      .split(/^## /m)
      .find((text) => text.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| ([@\w./-]+) \|/gm)].map(([, name]) => String(name)).filter((name) => name !== 'package');
}

describe('docs/dependencies.md', () => {
  it.each([
    ['At run time', 'dependencies'],
    ['Optional', 'optionalDependencies'],
    ['For development', 'devDependencies'],
  ])('has under "%s" exactly the %s', (heading, field) => {
    expect(packagesUnder(heading)).toEqual(Object.keys(manifest[field] ?? {}));
  });

  it('names every package that is held back', () => {
    for (const name of Object.keys(manifest.overrides ?? {})) expect(read('docs/dependencies.md')).toContain(`\`${name}\``);
  });
});

describe('package.json', () => {
  it('pins every version exactly, and the lock holds those', () => {
    const pins = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((field) => Object.entries(manifest[field] ?? {}));
    for (const [name, version] of pins) expect([name, lock.packages[`node_modules/${name}`]?.version]).toEqual([name, version]);
  });

  it('locks nothing that wants more than Node 20, and names no registry', () => {
    const packages = Object.entries(lock.packages);
    const newer = packages.filter(([, { engines }]) => /^\s*>=\s*(2[1-9]|[3-9]\d)/.test(engines?.node ?? ''));
    expect(newer.map(([name]) => name)).toEqual([]);
    expect(packages.filter(([, { resolved }]) => resolved?.startsWith('http'))).toEqual([]);
  });
});
