// The name that records show for whoever runs a command here.
import { userInfo } from 'node:os';

/** Of the system's list of users; a container's user is often not on it, and is then called by its number. */
export function personOf({ getuid }: Pick<NodeJS.Process, 'getuid'>, nameOf: () => string = () => userInfo().username): string {
  try {
    return nameOf();
  } catch {
    return `uid-${getuid?.() ?? 'unknown'}`;
  }
}
