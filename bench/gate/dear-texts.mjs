// Requests that take longest to assess for their length, found by trying some thousands of patterns at the length of the longest that is read.
const filled = (before, unit, length, after = '') => before + unit.repeat(Math.floor((length - before.length - after.length) / unit.length)) + after;
const words = (count) => Array.from({ length: count }, (_, at) => `w${at}`).join(' ');
const calls = (count) => Array.from({ length: count }, (_, at) => `f${at}() { f${at + 1} $1; f${at + 1} $1; }`).join('; ');

const bash = (command) => ({ type: 'BASH_COMMAND', payload: { command } });
const sql = (dialect, text) => ({ type: 'DATABASE_QUERY', payload: { database: 'a.db', dialect, sql: text } });
const post = (body) => ({ type: 'API_CALL', payload: { method: 'POST', url: 'https://example.com/', body } });

export const DEAR = [
  bash(filled('awk ', 'a', 8_190)),
  bash(filled('tee ', '[a-z]', 8_190)),
  bash(filled('tar ', '*?', 8_190)),
  bash(filled('', 'A=b ', 8_190, ' tee x')),
  bash(filled('docker run ', '--opt=/etc/x ', 4_000)),
  bash(filled('', 'cat < a > ', 4_000, 'ls')),
  bash(filled('', ['$', '{a:-b}'].join(''), 8_190)),
  bash(filled(`for a in ${words(64)}; do tee `, '$a/$a ', 4_000, '; done')),
  bash(filled(`for a in ${words(1_000)}; do mv `, '$a/$a ', 5_200, '; done')),
  bash(`for a in ${words(60)}; do for b in ${words(60)}; do for c in ${words(60)}; do cat $a/$b/$c; tee $c$b$a; done; done; done`),
  bash(`${calls(200)}; f200() { ls; }; f0 a`),
  sql('postgres', filled('delete from t where a=1 ', "like '%' or a ", 10_240)),
  sql('postgres', filled('delete from t where a=1 ', ' or a=1', 2_500)),
  sql('postgres', filled('', 'select 1;', 2_500)),
  sql('sqlite', filled('delete from t where a=1 ', "like '%' or a ", 10_240)),
  post(filled('', 'eyJa-', 10_240)),
];
