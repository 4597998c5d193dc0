// How a workspace is tested, as its own files say it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Undefined when it does not say. */
export function testCommand(folder: string): string | undefined {
  const manifest = join(folder, 'package.json');
  if (existsSync(manifest) && hasTestScript(readFileSync(manifest, 'utf8'))) return 'npm test';
  if (existsSync(join(folder, 'Cargo.toml'))) return 'cargo test';
  if (existsSync(join(folder, 'go.mod'))) return 'go test ./...';
  if (existsSync(join(folder, 'pyproject.toml')) || existsSync(join(folder, 'pytest.ini'))) return 'python3 -m pytest';
  return undefined;
}

function hasTestScript(manifest: string): boolean {
  try {
    return typeof (JSON.parse(manifest) as { scripts?: { test?: unknown } }).scripts?.test === 'string';
  } catch {
    return false;
  }
}
