// Programs that work with keys and passwords: HIGH, but for what only tells what a key or a signature is.
import { type CommandTable, found, type Judge } from '../call.ts';
import { readWords } from '../option-grammar.ts';
import { pathFindings } from '../path-use.ts';
import { highs } from './high.ts';

/** Of programs that work with keys: what these options alone do is to tell what a key or a signature is. */
const asksKeys =
  (options: string, looks: readonly string[]): Judge =>
  (call) => {
    const words = readWords(call.args, options);
    const asks = words.unlisted.length === 0 && words.dangerous.length === 0 && words.options.some(({ option }) => looks.includes(option.name));
    const files = [...words.operands, ...words.options.flatMap(({ option, value }) => (option.use === undefined || value === undefined ? [] : [value]))];
    if (!asks) return [found(call, 'HIGH', 'bash-system', `${call.name} works with keys and passwords`)];
    return [found(call, 'MEDIUM', 'bash-reads', `${call.name} tells of keys`), ...files.flatMap((arg) => pathFindings(arg, 'names', call.scope))];
  };
const GPG_LOOKS = 'k K list-keys list-public-keys list-secret-keys list-sigs check-sigs fingerprint verify list-packets show-keys'.split(' ');
const GPG = `${GPG_LOOKS.join(' ')} with-fingerprint with-colons with-subkey-fingerprint keyid-format: batch no-tty quiet q v verbose`;

export const KEYS: CommandTable = {
  'ssh-keygen': asksKeys('l E: f< v B F:', ['l', 'F']),
  'ssh-add': asksKeys('l L', ['l', 'L']),
  gpg: asksKeys(GPG, GPG_LOOKS),
  gpg2: asksKeys(GPG, GPG_LOOKS),
  ...highs('gpgconf ssh-agent ssh-keyscan age sops pass op bw lpass keytool certbot security secret-tool keyctl kinit pwgen htpasswd', 'works with keys and passwords'),
};
