// Names of plans: readable, unique, and fit to be part of addresses and branch names.
import { randomBytes } from 'node:crypto';

const LONGEST_NAME = 40;

/** `<name>-<6 hex>`, the name cut to what an address and a git branch both take. */
export function newPlanId(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, LONGEST_NAME);
  return `${plain === '' ? 'plan' : plain}-${randomBytes(3).toString('hex')}`;
}
