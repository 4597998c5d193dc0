// Preloaded into the official suite, which imports `globSync` of node:fs. Node 20 has none, and what is run here never calls it.
import { register } from 'node:module';

const IMPORTED = /,?\bglobSync as ([\w$]+)/;

/** Hooks run in a thread of their own, so this one travels as a text. */
async function load(url, context, next) {
  const loaded = await next(url, context);
  if (!url.includes('/@modelcontextprotocol/conformance/dist/') || !loaded.source) return loaded;
  const source = String(loaded.source);
  const [whole, name] = IMPORTED.exec(source) ?? [];
  if (whole === undefined) return loaded;
  return { ...loaded, source: `${source.replace(whole, '').replace(/^#!.*\n/, '')}\nvar ${name} = () => [];\n` };
}

register(`data:text/javascript,${encodeURIComponent(`const IMPORTED = ${IMPORTED};\nexport ${load}`)}`);
