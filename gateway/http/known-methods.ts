// Which methods the paths of a door take: a path that is there, asked for in another way, is 405 with `Allow` (RFC 9110, 15.5.6).
import type { FastifyInstance } from 'fastify';

const segmentsOf = (path: string): readonly string[] => path.split('/');

/** `:name` is any one segment, `*` all that are left. */
function fits(pattern: readonly string[], path: readonly string[]): boolean {
  if (pattern.at(-1) === '*') return path.length >= pattern.length && fits(pattern.slice(0, -1), path.slice(0, pattern.length - 1));
  return pattern.length === path.length && pattern.every((each, at) => each.startsWith(':') || each === path[at]);
}

/** Of the routes that are added from now on: the methods of a URL's path, in the order of their names; empty where there is no such path. */
export function knownMethods(app: FastifyInstance): (url: string) => readonly string[] {
  const routes: Array<{ readonly methods: readonly string[]; readonly pattern: readonly string[] }> = [];
  app.addHook('onRoute', ({ method, url }) => {
    // For questions of browsers about any path, also about those that are not there.
    if (url !== '*') routes.push({ methods: [method].flat(), pattern: segmentsOf(url) });
  });
  return (url) => {
    const path = segmentsOf(url.split('?')[0] ?? '');
    const methods = routes.filter(({ pattern }) => fits(pattern, path)).flatMap((route) => route.methods);
    return [...new Set(methods)].sort();
  };
}
