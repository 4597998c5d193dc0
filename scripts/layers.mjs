// The arrow table, checked by dependency-cruiser in the current directory. Prints file:line of each wrong import, and fails when
// it saw too few modules: a cruise that understands no TypeScript finds nothing wrong in nothing.
import { readFileSync } from 'node:fs';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import config from '../.dependency-cruiser.mjs';

const FOLDERS = ['runtime', 'supervisors', 'actors', 'transports', 'gateway'];
const FEWEST_MODULES = 100;

const { output } = await cruise(FOLDERS, { ...config.options, ruleSet: { forbidden: config.forbidden }, validate: true }, undefined, {
  tsConfig: extractTSConfig('tsconfig.json'),
});
const own = output.modules.filter((module) => FOLDERS.some((folder) => module.source.startsWith(`${folder}/`)));
for (const { from, to, rule, cycle } of output.summary.violations) {
  console.error(`${from}:${importLine(from, cycle?.[0]?.name ?? to)} imports ${to}: ${rule.name}`);
}
if (own.length < FEWEST_MODULES) console.error(`only ${own.length} modules were seen: the layers were not checked`);
console.log(`layers: ${own.length} modules, ${output.summary.violations.length} wrong imports`);
process.exit(output.summary.violations.length === 0 && own.length >= FEWEST_MODULES ? 0 : 1);

/** The cruise knows no lines: find the specifier that was resolved to `to`. */
function importLine(from, to) {
  const module = output.modules.find(({ source }) => source === from);
  const specifier = module?.dependencies.find(({ resolved }) => resolved === to)?.module;
  const lines = readFileSync(from, 'utf8').split('\n');
  return lines.findIndex((text) => text.includes(`'${specifier}'`)) + 1;
}
