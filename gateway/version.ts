// The product's version, as its package says, and what tells two programs of one version apart.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../runtime/index.ts';

export function productVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version;
}

/** Another one for each built program: its parts are named by what is in them. Of the sources it is the version. */
export function programBuild(): string {
  const parts = join(packageRoot(), 'dist', 'chunks');
  const names = existsSync(parts) ? readdirSync(parts).sort() : [];
  return createHash('sha256')
    .update(JSON.stringify([productVersion(), names]))
    .digest('base64url');
}
